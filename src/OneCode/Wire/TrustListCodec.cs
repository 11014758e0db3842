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
        content = null;
        var reader = new CborReader(payload);
        if (!DeterministicCbor.IsValid(payload, Labels.ListItems)
            || !reader.TryReadMap(out var pairs)
            || pairs != (hasLevels ? 7 : 6)
            || !Is(ref reader, 1) || !reader.TryReadText(4, out var publisher) || !Grammar.IsRegion(publisher)
            || !Is(ref reader, 4) || !reader.TryReadInteger(0, Labels.LastSecond, out var expiresAt)
            || !Is(ref reader, 6) || !reader.TryReadInteger(0, Labels.LastSecond, out var issuedAt)
            || !Is(ref reader, -1) || !reader.TryReadInteger(1, Labels.LargestVersion, out var version)
            || !Is(ref reader, -2) || !reader.TryReadInteger(1, Labels.LongestTimeToLive, out var timeToLive)
            || !Is(ref reader, -3) || !reader.TryReadArray(out var count)
            || count is < 1 or > MaximumKeys
            || issuedAt >= expiresAt)
        {
            return false;
        }

        var keys = new List<TrustedKey>(count);
        var seen = new HashSet<PublicKey>();
        for (var i = 0; i < count; i++)
        {
            if (!TryReadKey(ref reader, algorithms, out var key) || !seen.Add(key.PublicKey))
            {
                return false;
            }

            keys.Add(key);
        }

        List<LevelMapping> levels = [];
        if (hasLevels && !TryReadLevels(ref reader, publisher, levels))
        {
            return false;
        }

        content = new TrustListContent
        {
            Publisher = publisher,
            Version = version,
            IssuedAt = DateTimeOffset.FromUnixTimeSeconds(issuedAt),
            ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(expiresAt),
            TimeToLive = TimeSpan.FromSeconds(timeToLive),
            Keys = keys,
            Levels = levels,
        };
        return true;
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

    private static bool TryReadKey(ref CborReader reader, SignatureAlgorithms algorithms, [NotNullWhen(true)] out TrustedKey? key)
    {
        key = null;
        if (!reader.TryReadMap(out var pairs)
            || pairs < 5
            || !Is(ref reader, 1) || !TryReadPublicKey(ref reader, algorithms, out var publicKey)
            || !Is(ref reader, 2) || !reader.TryReadText(4, out var issuer)
            || !Is(ref reader, 3) || !reader.TryReadInteger(1, 4, out var purpose)
            || !Is(ref reader, 4) || !reader.TryReadInteger(0, Labels.LastSecond, out var from)
            || !Is(ref reader, 5) || !reader.TryReadInteger(0, Labels.LastSecond, out var until))
        {
            return false;
        }

        string? template = null;
        DateTimeOffset? floor = null, withdrawn = null;
        for (var i = 5; i < pairs; i++)
        {
            if (!reader.TryReadInteger(6, 8, out var label))
            {
                return false;
            }

            long seconds = 0;
            if (label == 6 ? !reader.TryReadText(255, out template!) : !reader.TryReadInteger(0, Labels.LastSecond, out seconds))
            {
                return false;
            }

            floor = label == 7 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : floor;
            withdrawn = label == 8 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : withdrawn;
        }

        key = new TrustedKey
        {
            PublicKey = publicKey,
            Issuer = issuer,
            Purpose = (KeyPurpose)purpose,
            From = DateTimeOffset.FromUnixTimeSeconds(from),
            Until = DateTimeOffset.FromUnixTimeSeconds(until),
            StatusUriTemplate = template,
            StatusFloor = floor,
            WithdrawnSince = withdrawn,
        };
        return key.IsWellFormed();
    }

    private static bool TryReadLevels(ref CborReader reader, string publisher, List<LevelMapping> levels)
    {
        if (!Is(ref reader, -4) || !reader.TryReadArray(out var count) || count is < 1 or > MaximumLevels)
        {
            return false;
        }

        for (var i = 0; i < count; i++)
        {
            if (!reader.TryReadArray(2) || !reader.TryReadText(4, out var issuer) || !Grammar.IsRegion(issuer)
                || !reader.TryReadArray(4) || !reader.TryReadInteger(0, 4, out var one) || !reader.TryReadInteger(0, 4, out var two)
                || !reader.TryReadInteger(0, 4, out var three) || !reader.TryReadInteger(0, 4, out var four)
                || new LevelMapping(issuer, (int)one, (int)two, (int)three, (int)four) is var row && !row.IsWellFormed()
                || issuer == publisher || levels.Exists(other => other.Issuer == issuer))
            {
                return false;
            }

            levels.Add(row);
        }

        return true;
    }

    internal static bool TryReadPublicKey(ref CborReader reader, SignatureAlgorithms algorithms, [NotNullWhen(true)] out PublicKey? key)
    {
        key = null;
        if (!reader.TryReadMap(out var pairs)
            || pairs != 5
            || !Is(ref reader, 1) || !reader.TryReadInteger(2, 2, out _)
            || !Is(ref reader, 3) || !reader.TryReadInteger(out var number)
            || !Is(ref reader, -1) || !reader.TryReadInteger(out var curve)
            || Labels.AlgorithmOn(curve) is not { } algorithm || (long)algorithm != number
            || !Is(ref reader, -2) || !reader.TryReadBytes(32, out var x)
            || !Is(ref reader, -3) || !reader.TryReadBytes(32, out var y))
        {
            return false;
        }

        if (algorithms.Find(algorithm) is not { } spoken)
        {
            // One key in a list that this verifier cannot check with is no reason to do without all the others.
            key = PublicKey.Unsupported(algorithm, x, y);
            return true;
        }

        return PublicKey.TryCreate(spoken, x, y, out key);
    }

    private static bool Is(ref CborReader reader, long label) => reader.TryReadInteger(label, label, out _);
}
