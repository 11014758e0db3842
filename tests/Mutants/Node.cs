using System.Buffers.Binary;
using OneCode.Wire;

namespace Mutants;

/// <summary>
/// CBOR taken apart, also what byte strings hold, so that one thing in it can be made wrong and everything around it stays right. It writes
/// what no writer of ours would: heads that lie, lengths without end, maps out of order.
/// </summary>
internal sealed class Node
{
    public required int Major { get; set; }

    /// <summary>Of an integer, a tag or a simple value.</summary>
    public ulong Argument { get; set; }

    /// <summary>Of a string.</summary>
    public byte[] Content { get; set; } = [];

    /// <summary>Elements; of a map, keys and values in turn; of a tag, its one item.</summary>
    public List<Node> Children { get; set; } = [];

    /// <summary>A map written inside a byte string: a header or a payload.</summary>
    public Node? Inside { get; set; }

    /// <summary>Instead of everything else.</summary>
    public byte[]? Raw { get; set; }

    /// <summary>Bytes that the head takes beyond its shortest form: 0, or a width of 1, 2, 4 or 8.</summary>
    public int HeadWidth { get; set; }

    /// <summary>What the head says too much or too little.</summary>
    public int HeadLie { get; set; }

    public bool IsIndefinite { get; set; }

    public static Node Integer(long value) => new() { Major = value < 0 ? 1 : 0, Argument = (ulong)(value < 0 ? -1 - value : value) };

    public static Node Text(string value) => new() { Major = 3, Content = System.Text.Encoding.UTF8.GetBytes(value) };

    public static Node Bytes(byte[] value) => new() { Major = 2, Content = value };

    public static Node Array(params Node[] items) => new() { Major = 4, Children = [.. items] };

    public static Node Map(params Node[] keysAndValues) => new() { Major = 5, Children = [.. keysAndValues] };

    public static Node Of(byte[] raw) => new() { Major = 0, Raw = raw };

    /// <summary>Reads what <see cref="DeterministicCbor"/> lets through.</summary>
    public static Node Read(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        return Item(bytes, ref at);
    }

    public byte[] ToBytes()
    {
        var bytes = new List<byte>();
        Write(bytes);
        return [.. bytes];
    }

    public Node Clone() => new()
    {
        Major = Major,
        Argument = Argument,
        Content = Content,
        Children = [.. Children.Select(child => child.Clone())],
        Inside = Inside?.Clone(),
        Raw = Raw,
        HeadWidth = HeadWidth,
        HeadLie = HeadLie,
        IsIndefinite = IsIndefinite,
    };

    /// <summary>This and everything in it.</summary>
    public IEnumerable<Node> All() => Children.Concat(Inside is null ? [] : [Inside]).SelectMany(child => child.All()).Prepend(this);

    /// <summary>Keys in the order that readers demand, at every depth; keys that stand twice stay.</summary>
    public void Sort()
    {
        Inside?.Sort();
        Children.ForEach(child => child.Sort());
        if (Major == 5 && Raw is null && Children.Count % 2 == 0)
        {
            var pairs = Children.Chunk(2).Select(pair => (Key: pair[0].ToBytes(), Pair: pair)).ToList();
            pairs.Sort((a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
            Children = [.. pairs.SelectMany(pair => pair.Pair)];
        }
    }

    /// <summary>The value of an integer label in a map.</summary>
    public Node? Find(long label)
    {
        var key = Integer(label);
        for (var i = 0; Major == 5 && i + 1 < Children.Count; i += 2)
        {
            if (Children[i].Raw is null && Children[i].Major == key.Major && Children[i].Argument == key.Argument)
            {
                return Children[i + 1];
            }
        }

        return null;
    }

    /// <summary>Puts a value under an integer label, in place of the one there.</summary>
    public void Put(long label, Node value)
    {
        if (Find(label) is { } old)
        {
            Children[Children.IndexOf(old)] = value;
            return;
        }

        Children.Add(Integer(label));
        Children.Add(value);
    }

    private void Write(List<byte> bytes)
    {
        if (Raw is not null)
        {
            bytes.AddRange(Raw);
            return;
        }

        var content = Inside?.ToBytes() ?? Content;
        var length = Major switch
        {
            2 or 3 => (ulong)content.Length,
            4 => (ulong)Children.Count,
            5 => (ulong)(Children.Count / 2),
            _ => Argument,
        };
        if (IsIndefinite && Major is >= 2 and <= 5)
        {
            bytes.Add((byte)((Major << 5) | 31));
            if (Major <= 3)
            {
                Head(bytes, Major, length, 0);
            }
        }
        else
        {
            Head(bytes, Major, unchecked(length + (ulong)HeadLie), HeadWidth);
        }

        bytes.AddRange(content);
        foreach (var child in Children)
        {
            child.Write(bytes);
        }

        if (IsIndefinite && Major is >= 2 and <= 5)
        {
            bytes.Add(0xff);
        }
    }

    private static void Head(List<byte> bytes, int major, ulong argument, int width)
    {
        width = Math.Max(width, argument < 24 ? 0 : argument <= byte.MaxValue ? 1 : argument <= ushort.MaxValue ? 2 : argument <= uint.MaxValue ? 4 : 8);
        if (width == 0)
        {
            bytes.Add((byte)((major << 5) | (int)argument));
            return;
        }

        Span<byte> whole = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(whole, argument);
        bytes.Add((byte)((major << 5) | (24 + int.Log2(width))));
        bytes.AddRange(whole[(8 - width)..]);
    }

    private static Node Item(ReadOnlySpan<byte> bytes, ref int at)
    {
        var major = bytes[at] >> 5;
        var information = bytes[at++] & 0x1f;
        var argument = (ulong)information;
        if (information >= 24)
        {
            var width = 1 << (information - 24);
            argument = 0;
            for (var i = 0; i < width; i++)
            {
                argument = (argument << 8) | bytes[at++];
            }
        }

        var node = new Node { Major = major, Argument = argument };
        switch (major)
        {
            case 2 or 3:
                node.Content = bytes.Slice(at, (int)argument).ToArray();
                at += (int)argument;
                node.Inside = major == 2 && node.Content is [>= 0xa0 and < 0xc0, ..] && DeterministicCbor.IsValid(node.Content, Labels.ListItems) ? Read(node.Content) : null;
                break;
            case 4 or 5 or 6:
                for (var left = major == 6 ? 1 : (int)argument * (major - 3); left > 0; left--)
                {
                    node.Children.Add(Item(bytes, ref at));
                }

                break;
            default:
                break;
        }

        return node;
    }
}
