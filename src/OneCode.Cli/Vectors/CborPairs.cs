using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>A map taken apart, so that one thing in it can be made wrong.</summary>
internal sealed class CborPairs
{
    private readonly List<(byte[] Key, byte[] Value)> pairs = [];

    public CborPairs(ReadOnlySpan<byte> map)
    {
        var reader = new CborReader(map);
        _ = reader.TryReadMap(out var count);
        for (var i = 0; i < count; i++)
        {
            pairs.Add((reader.ReadEncoded().ToArray(), reader.ReadEncoded().ToArray()));
        }
    }

    public CborPairs With(long label, Action<CborWriter> value)
    {
        Without(label).pairs.Add((Encode(writer => writer.Integer(label)), Encode(value)));
        pairs.Sort((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        return this;
    }

    public CborPairs Without(long label)
    {
        var key = Encode(writer => writer.Integer(label));
        pairs.RemoveAll(pair => pair.Key.AsSpan().SequenceEqual(key));
        return this;
    }

    /// <summary>Breaks the order of keys, or doubles one.</summary>
    public CborPairs Append(long label, Action<CborWriter> value)
    {
        pairs.Add((Encode(writer => writer.Integer(label)), Encode(value)));
        return this;
    }

    public byte[] Value(long label)
    {
        var key = Encode(writer => writer.Integer(label));
        return pairs.Single(pair => pair.Key.AsSpan().SequenceEqual(key)).Value;
    }

    public byte[] ToBytes()
    {
        var writer = new CborWriter().Map(pairs.Count);
        foreach (var (key, value) in pairs)
        {
            writer.Encoded(key).Encoded(value);
        }

        return writer.ToArray();
    }

    public static byte[] Encode(Action<CborWriter> write)
    {
        var writer = new CborWriter();
        write(writer);
        return writer.ToArray();
    }
}
