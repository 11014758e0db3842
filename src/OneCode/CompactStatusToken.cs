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

    private static readonly byte[] Type = new CborWriter().Integer(Labels.CompactStatusType).ToArray();

    /// <summary>Lays a statement out for its signer.</summary>
    /// <exception cref="ArgumentException">The content is outside SPEC 13.3.</exception>
    public static PreparedStatusList Prepare(CompactStatusContent content, KeyId keyId, CoseAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(content);
        var payload = WritePayload(content);
        return TryReadPayload(payload, out _)
            ? new PreparedStatusList(keyId, StatusSignature.Header(keyId, algorithm, Type), payload)
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
        if (StatusSignature.Check(bytes, MaximumSize, Type, trust, out var signed, out var key) is { } unsigned)
        {
            return unsigned;
        }

        if (!TryReadPayload(signed.Payload, out var content))
        {
            return StatusListRejection.Malformed;
        }

        if (StatusSignature.OutOfScope(key!, content.IssuedAt) is { } outside)
        {
            return outside;
        }

        message = new CompactStatusMessage(content, key!);
        return null;
    }

    private static bool TryReadPayload(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out CompactStatusContent? content)
    {
        var reader = CborReader.Of(payload, Labels.CodeItems);
        var pairs = reader.Map();
        reader.Require(pairs is 8 or 9);
        var series = reader.At(Labels.Subject).Text(Grammar.IsListName);
        var expiresAt = reader.At(Labels.ExpiresAt).Seconds();
        var issuedAt = reader.At(Labels.IssuedAt).Seconds();
        var version = reader.At(-1).Integer(1, Labels.LargestVersion);
        var timeToLive = reader.At(-2).Integer(1, Labels.LongestTimeToLive);
        var stateDigest = reader.At(-3).Bytes(SHA256.HashSizeInBytes);
        var stateSize = reader.At(-4).Integer(1, CompactState.MaximumSize);
        var template = reader.At(-5).Text(255, Grammar.IsTemplate);
        var start = pairs == 9 ? ReadBase(ref reader.At(-6), version) : null;
        reader.Require(issuedAt < expiresAt);
        content = !reader.IsRight ? null : new CompactStatusContent
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
        return content is not null;
    }

    private static CompactStatusBase ReadBase(ref CborReader reader, long version)
    {
        reader.Array(4);
        return new CompactStatusBase(
            reader.Integer(1, version - 1),
            reader.Bytes(SHA256.HashSizeInBytes).ToArray(),
            reader.Bytes(SHA256.HashSizeInBytes).ToArray(),
            (int)reader.Integer(1, CompactState.MaximumSize));
    }
}
