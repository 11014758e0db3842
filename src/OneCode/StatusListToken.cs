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

    private const int LongestUri = 255;

    private static readonly byte[] Type = new CborWriter().Text(MediaType).ToArray();

    /// <summary>Lays a list out for its signer.</summary>
    /// <exception cref="ArgumentException">The content is outside SPEC 8.</exception>
    public static PreparedStatusList Prepare(StatusListContent content, KeyId keyId, CoseAlgorithm algorithm)
    {
        ArgumentNullException.ThrowIfNull(content);
        var payload = WritePayload(content);
        return TryReadPayload(payload, out _)
            ? new PreparedStatusList(keyId, StatusSignature.Header(keyId, algorithm, Type), payload)
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

        // SPEC.md steps S1 to S3.
        if (StatusSignature.Check(bytes, MaximumSize, Type, trust, out var message, out var key) is { } unsigned)
        {
            return unsigned;
        }

        // SPEC.md step S4. From here on the words are those of a key in the trust list.
        if (!TryReadPayload(message.Payload, out var content))
        {
            return StatusListRejection.Malformed;
        }

        // SPEC.md step S5.
        if (StatusSignature.OutOfScope(key!, content.IssuedAt) is { } outside)
        {
            return outside;
        }

        snapshot = new StatusSnapshot(content, key!, message.Payload);
        return null;
    }

    private static bool TryReadPayload(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out StatusListContent? content)
    {
        var reader = CborReader.Of(payload, Labels.CodeItems);
        reader.Map(5);
        reader.Require(reader.At(Labels.Subject).TryReadText(LongestUri, out var uri));
        var expiresAt = reader.At(Labels.ExpiresAt).Seconds();
        var issuedAt = reader.At(Labels.IssuedAt).Seconds();
        var members = reader.At(Labels.StatusList).Map();
        reader.Require(members is 2 or 3);
        var lst = At(ref reader, "lst"u8).Bytes();
        var bits = (int)At(ref reader, "bits"u8).Integer(1, 2);
        string? aggregation = null;
        reader.Require(members == 2 || At(ref reader, "aggregation_uri"u8).TryReadText(LongestUri, out aggregation));
        var timeToLive = reader.At(Labels.TimeToLive).Integer(1, Labels.LongestTimeToLive);
        reader.Require(issuedAt < expiresAt);

        // Inflated last: the rest is cheap.
        content = reader.IsRight && StatusList.TryInflate(lst, bits, out var list)
            ? new StatusListContent
            {
                Uri = uri,
                IssuedAt = DateTimeOffset.FromUnixTimeSeconds(issuedAt),
                ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(expiresAt),
                TimeToLive = TimeSpan.FromSeconds(timeToLive),
                AggregationUri = aggregation,
                List = list,
            }
            : null;
        return content is not null;
    }

    // The members of the draft's map are named by texts.
    private static ref CborReader At(ref CborReader reader, ReadOnlySpan<byte> name)
    {
        reader.Require(reader.TryReadUtf8(out var found) && found.SequenceEqual(name));
        return ref reader;
    }
}
