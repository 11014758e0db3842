using System.Diagnostics.CodeAnalysis;

namespace OneCode.Wire;

/// <summary>The payload of a trust list (SPEC 7.2). Closed maps: what is not in the grammar is malformed.</summary>
internal static class TrustListCodec
{
    private const int MaximumKeys = 4096;
    private const int MaximumLevels = 256;

    public static byte[] Write(TrustListContent content)
    {
        var writer = new CborWriter().Map(content.Levels.Count == 0 ? 6 : 7)
            .Integer(1).Text(content.Publisher)
            .Integer(4).Integer(content.ExpiresAt.ToUnixTimeSeconds())
            .Integer(6).Integer(content.IssuedAt.ToUnixTimeSeconds())
            .Integer(-1).Integer(content.Version)
            .Integer(-2).Integer((long)content.TimeToLive.TotalSeconds)
            .Integer(-3).Array(content.Keys.Count);
        foreach (var key in content.Keys)
        {
            WriteKey(writer, key);
        }

        if (content.Levels.Count > 0)
        {
            writer.Integer(-4).Array(content.Levels.Count);
        }

        foreach (var row in content.Levels)
        {
            writer.Array(2).Text(row.Issuer).Array(4).Integer(row.One).Integer(row.Two).Integer(row.Three).Integer(row.Four);
        }

        return writer.ToArray();
    }

    public static bool TryRead(ReadOnlySpan<byte> payload, SignatureAlgorithms algorithms, bool hasLevels, [NotNullWhen(true)] out TrustListContent? content)
    {
        var reader = CborReader.Of(payload, Labels.ListItems);
        reader.Map(hasLevels ? 7 : 6);
        var publisher = reader.At(1).Text(Grammar.IsRegion);
        var expiresAt = reader.At(4).Seconds();
        var issuedAt = reader.At(6).Seconds();
        var version = reader.At(-1).Integer(1, Labels.LargestVersion);
        var timeToLive = reader.At(-2).Integer(1, Labels.LongestTimeToLive);
        var keys = Keys(ref reader.At(-3), algorithms);
        var levels = hasLevels ? Levels(ref reader.At(-4), publisher) : [];
        reader.Require(issuedAt < expiresAt);
        content = !reader.IsRight ? null : new TrustListContent
        {
            Publisher = publisher,
            Version = version,
            IssuedAt = DateTimeOffset.FromUnixTimeSeconds(issuedAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(expiresAt),
            TimeToLive = TimeSpan.FromSeconds(timeToLive),
            Keys = keys,
            Levels = levels,
        };
        return content is not null;
    }

    /// <summary>Null, and the reader has failed, when it is no key of SPEC 7.1.</summary>
    internal static PublicKey? ReadPublicKey(ref CborReader reader, SignatureAlgorithms algorithms)
    {
        reader.Map(5);
        reader.At(1).Integer(2, 2);
        var number = reader.At(3).Integer();
        reader.Require((long?)Labels.AlgorithmOn(reader.At(-1).Integer()) == number);
        var x = reader.At(-2).Bytes(32);
        var y = reader.At(-3).Bytes(32);
        if (!reader.IsRight)
        {
            return null;
        }

        if (algorithms.Find((CoseAlgorithm)number) is not { } spoken)
        {
            // One key in a list that this verifier cannot check with is no reason to do without all the others.
            return PublicKey.Unsupported((CoseAlgorithm)number, x, y);
        }

        reader.Require(PublicKey.TryCreate(spoken, x, y, out var key));
        return key;
    }

    internal static void WritePublicKey(CborWriter writer, PublicKey key) => writer.Map(5)
        .Integer(1).Integer(2)
        .Integer(3).Integer((long)key.Algorithm)
        .Integer(-1).Integer(Labels.CurveOf(key.Algorithm))
        .Integer(-2).Bytes(key.X)
        .Integer(-3).Bytes(key.Y);

    private static void WriteKey(CborWriter writer, TrustedKey key)
    {
        var optional = (key.StatusUriTemplate is null ? 0 : 1) + (key.StatusFloor is null ? 0 : 1) + (key.WithdrawnSince is null ? 0 : 1);
        writer.Map(5 + optional).Integer(1);
        WritePublicKey(writer, key.PublicKey);
        writer.Integer(2).Text(key.Issuer)
            .Integer(3).Integer((long)key.Purpose)
            .Integer(4).Integer(key.From.ToUnixTimeSeconds())
            .Integer(5).Integer(key.Until.ToUnixTimeSeconds());
        if (key.StatusUriTemplate is { } template)
        {
            writer.Integer(6).Text(template);
        }

        if (key.StatusFloor is { } floor)
        {
            writer.Integer(7).Integer(floor.ToUnixTimeSeconds());
        }

        if (key.WithdrawnSince is { } withdrawn)
        {
            writer.Integer(8).Integer(withdrawn.ToUnixTimeSeconds());
        }
    }

    private static List<TrustedKey> Keys(ref CborReader reader, SignatureAlgorithms algorithms)
    {
        var keys = new List<TrustedKey>();
        var seen = new HashSet<PublicKey>();
        var count = reader.Array();
        reader.Require(count is >= 1 and <= MaximumKeys);
        for (var i = 0; i < count && reader.IsRight; i++)
        {
            if (ReadKey(ref reader, algorithms) is { } key)
            {
                reader.Require(seen.Add(key.PublicKey));
                keys.Add(key);
            }
        }

        return keys;
    }

    private static TrustedKey? ReadKey(ref CborReader reader, SignatureAlgorithms algorithms)
    {
        var pairs = reader.Map();
        reader.Require(pairs >= 5);
        var publicKey = ReadPublicKey(ref reader.At(1), algorithms);
        var issuer = reader.At(2).Text(Grammar.IsRegion);
        var purpose = (KeyPurpose)reader.At(3).Integer(1, 4);
        var from = reader.At(4).Seconds();
        var until = reader.At(5).Seconds();
        reader.Require(from < until);

        string? template = null;
        DateTimeOffset? floor = null, withdrawn = null;
        for (var i = 5; i < pairs; i++)
        {
            switch (reader.Integer(6, 8))
            {
                case 6:
                    template = reader.Text(Grammar.IsTemplate);
                    reader.Require(purpose != KeyPurpose.StatusList);
                    break;
                case 7:
                    floor = DateTimeOffset.FromUnixTimeSeconds(reader.Seconds());
                    break;
                default:
                    withdrawn = DateTimeOffset.FromUnixTimeSeconds(reader.Seconds());
                    break;
            }
        }

        return !reader.IsRight ? null : new TrustedKey
        {
            PublicKey = publicKey!,
            Issuer = issuer,
            Purpose = purpose,
            From = DateTimeOffset.FromUnixTimeSeconds(from),
            Until = DateTimeOffset.FromUnixTimeSeconds(until),
            StatusUriTemplate = template,
            StatusFloor = floor,
            WithdrawnSince = withdrawn,
        };
    }

    private static List<LevelMapping> Levels(ref CborReader reader, string publisher)
    {
        var levels = new List<LevelMapping>();
        var count = reader.Array();
        reader.Require(count is >= 1 and <= MaximumLevels);
        for (var i = 0; i < count && reader.IsRight; i++)
        {
            reader.Array(2);
            var issuer = reader.Text(Grammar.IsRegion);
            reader.Array(4);

            // None less than the one before.
            var one = reader.Integer(0, 4);
            var two = reader.Integer(one, 4);
            var three = reader.Integer(two, 4);
            var four = reader.Integer(three, 4);
            reader.Require(issuer != publisher && !levels.Exists(other => other.Issuer == issuer));
            levels.Add(new LevelMapping(issuer, (int)one, (int)two, (int)three, (int)four));
        }

        return levels;
    }
}
