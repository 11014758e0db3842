using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OneCode.Wire;

namespace OneCode;

/// <summary>The signed form of a compact status statement (SPEC 13.3).</summary>
public static class CompactStatusToken
{
    /// <summary>Larger messages are refused unread.</summary>
    public const int MaximumSize = 2048;

    /// <summary>The media type over HTTP.</summary>
    public const string MediaType = "application/cose; cose-type=\"cose-sign1\"";

    /// <summary>Lays a statement out for its signer.</summary>
    /// <exception cref="ArgumentException">The content is outside SPEC 13.3.</exception>
    public static PreparedStatusList Prepare(CompactStatusContent content, KeyId keyId, CoseAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(content);
        var payload = WritePayload(content);
        return TryReadPayload(payload, out _)
            ? new PreparedStatusList(keyId, Header(keyId, algorithm), payload)
            : throw new ArgumentException("A verifier would refuse this statement.", nameof(content));
    }

    /// <summary>Checks who says it, and nothing of what was held before or is fetched after: that is <see cref="CompactSeries.TryTake"/>. Never throws on what was downloaded.</summary>
    public static bool TryVerify(
        ReadOnlySpan<byte> bytes,
        TrustList trust,
        [NotNullWhen(true)] out CompactStatusMessage? message,
        [NotNullWhen(false)] out StatusListRejection? rejection)
    {
        ArgumentNullException.ThrowIfNull(trust);
        rejection = Check(bytes, trust, out message);
        return message is not null;
    }

    internal static byte[] Header(KeyId keyId, CoseAlgorithm algorithm, long type = Labels.CompactStatusType) => new CborWriter().Map(3)
        .Integer(Labels.Algorithm).Integer((long)algorithm)
        .Integer(Labels.KeyId).Bytes(keyId.ToBytes())
        .Integer(Labels.Type).Integer(type)
        .ToArray();

    internal static byte[] WritePayload(CompactStatusContent content)
    {
        var writer = new CborWriter().Map(content.Base is null ? 8 : 9)
            .Integer(Labels.Subject).Text(content.Series)
            .Integer(Labels.ExpiresAt).Integer(content.ExpiresAt.ToUnixTimeSeconds())
            .Integer(Labels.IssuedAt).Integer(content.IssuedAt.ToUnixTimeSeconds())
            .Integer(-1).Integer(content.Version)
            .Integer(-2).Integer((long)content.TimeToLive.TotalSeconds)
            .Integer(-3).Bytes(content.StateDigest.Span)
            .Integer(-4).Integer(content.StateSize)
            .Integer(-5).Text(content.StatusUriTemplate);
        if (content.Base is { } start)
        {
            writer.Integer(-6).Array(4).Integer(start.Version).Bytes(start.StateDigest.Span).Bytes(start.ChangesDigest.Span).Integer(start.ChangesSize);
        }

        return writer.ToArray();
    }

    private static StatusListRejection? Check(ReadOnlySpan<byte> bytes, TrustList trust, out CompactStatusMessage? message)
    {
        message = null;
        if (bytes.Length > MaximumSize || !CoseSign1.TryRead(bytes, Labels.CodeItems, out var signed))
        {
            return StatusListRejection.Malformed;
        }

        if (!TryReadHeader(signed.Protected, out var isCompact, out var algorithm, out var keyId))
        {
            return isCompact ? StatusListRejection.Malformed : StatusListRejection.UnexpectedType;
        }

        var candidates = trust.Find(keyId);
        if (candidates.IsEmpty)
        {
            return StatusListRejection.KeyNotInTrustList;
        }

        if (TrustedSignature.Check(signed, algorithm, candidates, out var key) is var answer and not TrustedSignature.Answer.Signed)
        {
            return answer switch
            {
                TrustedSignature.Answer.AlgorithmMismatch => StatusListRejection.AlgorithmMismatch,
                TrustedSignature.Answer.AlgorithmUnsupported => StatusListRejection.AlgorithmUnsupported,
                _ => StatusListRejection.SignatureInvalid,
            };
        }

        if (!TryReadPayload(signed.Payload, out var content))
        {
            return StatusListRejection.Malformed;
        }

        if (key!.WithdrawnSince is not null)
        {
            return StatusListRejection.KeyWithdrawn;
        }

        if (key.Purpose != KeyPurpose.StatusList)
        {
            return StatusListRejection.PurposeMismatch;
        }

        if (!key.IsInForceAt(content.IssuedAt))
        {
            return StatusListRejection.KeyNotInForce;
        }

        message = new CompactStatusMessage(content, key);
        return null;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> header, out bool isCompact, out long algorithm, out KeyId keyId)
    {
        algorithm = 0;
        keyId = default;
        isCompact = HasType(header);
        var reader = new CborReader(header);
        if (!isCompact
            || !reader.TryReadMap(out var pairs) || pairs != 3
            || !reader.TryReadInteger(Labels.Algorithm, Labels.Algorithm, out _) || !reader.TryReadInteger(out algorithm)
            || !reader.TryReadInteger(Labels.KeyId, Labels.KeyId, out _) || !reader.TryReadBytes(KeyId.Size, out var id))
        {
            return false;
        }

        keyId = new KeyId(id);
        return true;
    }

    private static bool HasType(ReadOnlySpan<byte> header)
    {
        var reader = new CborReader(header);
        _ = reader.TryReadMap(out var pairs);
        for (var i = 0; i < pairs; i++)
        {
            if (reader.TryReadInteger(Labels.Type, Labels.Type, out _))
            {
                return reader.TryReadInteger(Labels.CompactStatusType, Labels.CompactStatusType, out _);
            }

            reader.Skip();
            reader.Skip();
        }

        return false;
    }

    private static bool TryReadPayload(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out CompactStatusContent? content)
    {
        content = null;
        CompactStatusBase? start = null;
        var reader = new CborReader(payload);
        if (!DeterministicCbor.IsValid(payload, Labels.CodeItems)
            || !reader.TryReadMap(out var pairs) || pairs is not (8 or 9)
            || !Is(ref reader, Labels.Subject) || !reader.TryReadText(16, out var series) || !Grammar.IsListName(series)
            || !Is(ref reader, Labels.ExpiresAt) || !reader.TryReadInteger(0, Labels.LastSecond, out var expiresAt)
            || !Is(ref reader, Labels.IssuedAt) || !reader.TryReadInteger(0, Labels.LastSecond, out var issuedAt)
            || !Is(ref reader, -1) || !reader.TryReadInteger(1, Labels.LargestVersion, out var version)
            || !Is(ref reader, -2) || !reader.TryReadInteger(1, Labels.LongestTimeToLive, out var timeToLive)
            || !Is(ref reader, -3) || !reader.TryReadBytes(SHA256.HashSizeInBytes, out var stateDigest)
            || !Is(ref reader, -4) || !reader.TryReadInteger(1, CompactState.MaximumSize, out var stateSize)
            || !Is(ref reader, -5) || !reader.TryReadText(255, out var template) || !Grammar.IsTemplate(template)
            || (pairs == 9 && !TryReadBase(ref reader, version, out start))
            || issuedAt >= expiresAt)
        {
            return false;
        }

        content = new CompactStatusContent
        {
            Series = series,
            StatusUriTemplate = template,
            Version = version,
            IssuedAt = DateTimeOffset.FromUnixTimeSeconds(issuedAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(expiresAt),
            TimeToLive = TimeSpan.FromSeconds(timeToLive),
            StateDigest = stateDigest.ToArray(),
            StateSize = (int)stateSize,
            Base = start,
        };
        return true;
    }

    private static bool TryReadBase(ref CborReader reader, long version, out CompactStatusBase? start)
    {
        start = null;
        if (!Is(ref reader, -6) || !reader.TryReadArray(4)
            || !reader.TryReadInteger(1, version - 1, out var from)
            || !reader.TryReadBytes(SHA256.HashSizeInBytes, out var stateDigest)
            || !reader.TryReadBytes(SHA256.HashSizeInBytes, out var changesDigest)
            || !reader.TryReadInteger(1, CompactState.MaximumSize, out var changesSize))
        {
            return false;
        }

        start = new CompactStatusBase(from, stateDigest.ToArray(), changesDigest.ToArray(), (int)changesSize);
        return true;
    }

    private static bool Is(ref CborReader reader, long label) => reader.TryReadInteger(label, label, out _);
}
