using System.Diagnostics.CodeAnalysis;
using OneCode.Wire;

namespace OneCode;

/// <summary>The signed form of a status list: a Token Status List as CWT (SPEC 8).</summary>
public static class StatusListToken
{
    /// <summary>Larger tokens are refused unread.</summary>
    public const int MaximumSize = 512 * 1024;

    /// <summary>The media type, and the <c>typ</c>.</summary>
    public const string MediaType = Labels.StatusListType;

    /// <summary>Lays a list out for its signer.</summary>
    /// <exception cref="ArgumentException">The content is outside SPEC 8.</exception>
    public static PreparedStatusList Prepare(StatusListContent content, KeyId keyId, CoseAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(content);
        var protectedHeader = new CborWriter().Map(3)
            .Integer(Labels.Algorithm).Integer((long)algorithm)
            .Integer(Labels.KeyId).Bytes(keyId.ToBytes())
            .Integer(Labels.Type).Text(MediaType)
            .ToArray();
        var payload = WritePayload(content);
        return TryReadPayload(payload, out _)
            ? new PreparedStatusList(keyId, protectedHeader, payload)
            : throw new ArgumentException("A verifier would refuse this status list.", nameof(content));
    }

    /// <summary>Checks a list against the trust list, and against the one held if there is one. Never throws on what was downloaded.</summary>
    public static bool TryVerify(
        ReadOnlySpan<byte> bytes,
        TrustList trust,
        StatusSnapshots? held,
        [NotNullWhen(true)] out StatusSnapshot? snapshot,
        [NotNullWhen(false)] out StatusListRejection? rejection)
    {
        ArgumentNullException.ThrowIfNull(trust);
        rejection = Check(bytes, trust, out snapshot);

        // SPEC.md step S6. Forwards only.
        if (rejection is null && !snapshot!.MayReplace(held?.Get(snapshot.Issuer, snapshot.Content.Uri)))
        {
            rejection = StatusListRejection.Rollback;
        }

        snapshot = rejection is null ? snapshot : null;
        return snapshot is not null;
    }

    internal static byte[] WritePayload(StatusListContent content)
    {
        var writer = new CborWriter().Map(5)
            .Integer(Labels.Subject).Text(content.Uri)
            .Integer(Labels.ExpiresAt).Integer(content.ExpiresAt.ToUnixTimeSeconds())
            .Integer(Labels.IssuedAt).Integer(content.IssuedAt.ToUnixTimeSeconds())
            .Integer(Labels.StatusList).Map(content.AggregationUri is null ? 2 : 3)
            .Text("lst").Bytes(content.List.Deflate()).Text("bits").Integer(content.List.Bits);
        if (content.AggregationUri is { } aggregation)
        {
            writer.Text("aggregation_uri").Text(aggregation);
        }

        return writer.Integer(Labels.TimeToLive).Integer((long)content.TimeToLive.TotalSeconds).ToArray();
    }

    private static StatusListRejection? Check(ReadOnlySpan<byte> bytes, TrustList trust, out StatusSnapshot? snapshot)
    {
        snapshot = null;

        // SPEC.md step S1.
        if (bytes.Length > MaximumSize || !CoseSign1.TryRead(bytes, Labels.CodeItems, out var message))
        {
            return StatusListRejection.Malformed;
        }

        // SPEC.md step S2.
        if (!TryReadHeader(message.Protected, out var isStatusList, out var algorithm, out var keyId))
        {
            return isStatusList ? StatusListRejection.Malformed : StatusListRejection.UnexpectedType;
        }

        // SPEC.md step S3.
        var candidates = trust.Find(keyId);
        if (candidates.IsEmpty)
        {
            return StatusListRejection.KeyNotInTrustList;
        }

        if (TrustedSignature.Check(message, algorithm, candidates, out var key) is var answer and not TrustedSignature.Answer.Signed)
        {
            return answer switch
            {
                TrustedSignature.Answer.AlgorithmMismatch => StatusListRejection.AlgorithmMismatch,
                TrustedSignature.Answer.AlgorithmUnsupported => StatusListRejection.AlgorithmUnsupported,
                _ => StatusListRejection.SignatureInvalid,
            };
        }

        // SPEC.md step S4. From here on the words are those of a key in the trust list.
        if (!TryReadPayload(message.Payload, out var content))
        {
            return StatusListRejection.Malformed;
        }

        // SPEC.md step S5.
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

        snapshot = new StatusSnapshot(content, key, message.Payload);
        return null;
    }

    private static bool TryReadHeader(ReadOnlySpan<byte> protectedHeader, out bool isStatusList, out long algorithm, out KeyId keyId)
    {
        algorithm = 0;
        keyId = default;
        isStatusList = HasStatusListType(protectedHeader);
        var reader = new CborReader(protectedHeader);
        if (!isStatusList
            || !reader.TryReadMap(out var pairs)
            || pairs != 3
            || !reader.TryReadInteger(Labels.Algorithm, Labels.Algorithm, out _)
            || !reader.TryReadInteger(out algorithm)
            || !reader.TryReadInteger(Labels.KeyId, Labels.KeyId, out _)
            || !reader.TryReadBytes(KeyId.Size, out var id))
        {
            return false;
        }

        keyId = new KeyId(id);
        return true;
    }

    private static bool HasStatusListType(ReadOnlySpan<byte> protectedHeader)
    {
        var reader = new CborReader(protectedHeader);
        _ = reader.TryReadMap(out var pairs);
        for (var i = 0; i < pairs; i++)
        {
            var isType = reader.TryReadInteger(Labels.Type, Labels.Type, out _);
            if (!isType)
            {
                reader.Skip();
            }

            if (isType && reader.TryReadUtf8(out var type))
            {
                return type.SequenceEqual("application/statuslist+cwt"u8);
            }

            reader.Skip();
        }

        return false;
    }

    private static bool TryReadPayload(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out StatusListContent? content)
    {
        content = null;
        string? aggregation = null;
        var reader = new CborReader(payload);
        if (!DeterministicCbor.IsValid(payload, Labels.CodeItems)
            || !reader.TryReadMap(out var pairs)
            || pairs != 5
            || !Is(ref reader, Labels.Subject) || !reader.TryReadText(255, out var uri)
            || !Is(ref reader, Labels.ExpiresAt) || !reader.TryReadInteger(0, Labels.LastSecond, out var expiresAt)
            || !Is(ref reader, Labels.IssuedAt) || !reader.TryReadInteger(0, Labels.LastSecond, out var issuedAt)
            || !Is(ref reader, Labels.StatusList) || !reader.TryReadMap(out var members) || members is not (2 or 3)
            || !reader.TryReadUtf8(out var first) || !first.SequenceEqual("lst"u8) || !reader.TryReadBytes(out var lst)
            || !reader.TryReadUtf8(out var second) || !second.SequenceEqual("bits"u8) || !reader.TryReadInteger(1, 2, out var bits)
            || (members == 3 && (!reader.TryReadUtf8(out var third) || !third.SequenceEqual("aggregation_uri"u8) || !reader.TryReadText(255, out aggregation)))
            || !Is(ref reader, Labels.TimeToLive) || !reader.TryReadInteger(1, Labels.LongestTimeToLive, out var timeToLive)
            || issuedAt >= expiresAt
            || !StatusList.TryInflate(lst, (int)bits, out var list))
        {
            return false;
        }

        content = new StatusListContent
        {
            Uri = uri,
            IssuedAt = DateTimeOffset.FromUnixTimeSeconds(issuedAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(expiresAt),
            TimeToLive = TimeSpan.FromSeconds(timeToLive),
            AggregationUri = aggregation,
            List = list,
        };
        return true;
    }

    private static bool Is(ref CborReader reader, long label) => reader.TryReadInteger(label, label, out _);
}
