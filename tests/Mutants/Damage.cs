namespace Mutants;

/// <summary>One change to a tree: some leave it well-formed and mean something else, some are not CBOR any more, some are CBOR that OC1 does not read.</summary>
internal static class Damage
{
    private static readonly ulong[] Edges =
    [
        0, 1, 2, 3, 4, 5, 7, 10, 11, 12, 23, 24, 25, 255, 256, 1023, 1024, 1025, 65535, 65536, 65537, 65538, 65539, 65540, 65541, 65542, 65001, 65002, 65003, 294, 169,
        (1UL << 31) - 1, 1UL << 31, (1UL << 32) - 1, 1UL << 32, (1UL << 53) - 2, (1UL << 53) - 1, 1UL << 53, (1UL << 53) + 1, (1UL << 63) - 1, 1UL << 63, ulong.MaxValue,
        253402300798, 253402300799, 253402300800, 2932896, 2932897, 31622400, 31622401,
    ];

    // Floats (one of them -7.0), null, undefined, simple values, a break, tags of big numbers, dates, embedded CBOR, CWT and COSE.
    private static readonly byte[][] Strange =
    [
        [0xf9, 0xc7, 0x00], [0xf9, 0x7e, 0x00], [0xfa, 0x4f, 0x80, 0, 0], [0xfb, 0x41, 0xf0, 0, 0, 0, 0, 0, 0], [0xf6], [0xf7], [0xf4], [0xf5], [0xe0], [0xf8, 0x20], [0xf8, 0x15], [0xff],
        [0xc2, 0x41, 0x07], [0xc0, 0x60], [0xc1, 0x00], [0xd8, 0x18, 0x41, 0xa0], [0xd8, 0x3d, 0xa0], [0xd2, 0x80], [0xd8, 0x62, 0x80], [0xd1, 0x80], [0xd8, 0x12, 0x80],
        [0x1c], [0x3d], [0x5e], [0x7f, 0xff], [0x5f, 0xff], [0x9f, 0xff], [0xbf, 0xff], [0x40], [0x60], [0x80], [0xa0], [0xa1, 0x00, 0x00], [0x81, 0x00],
        [0x62, 0xc3, 0x28], [0x63, 0xed, 0xa0, 0x80], [0x64, 0xf4, 0x90, 0x80, 0x80], [0x62, 0xc0, 0xaf], [0x61, 0xff], [0x63, 0xef, 0xbb, 0xbf],
    ];

    private static readonly string[] Texts =
    [
        "", "*", "张*", "张**", "古丽娜*", "古丽娜尔*", "*\u0000", "*\n", "*\u007f", "*\u0085", "*\u009f", "*\u00a0", "*\u2028", "*\u202e", "\ufeff*", "*\u0301\u0301\u0301", "𠮷𠮷𠮷*", "𠮷𠮷𠮷𠮷*", "\uff0a张", "👨‍👩‍👧*",
        "34", "32", "3", "34A", "ZZZZ", "34000", "ah", "３４", "٣٤", "34 ", "34\n", "001X", "001x", "0011", "٠٠١X", "1234", "12345", "91349900MA2T000159", "91349900MA2T00015I", "91349900MA2T00015", "02", "0２", "2",
        "皖A00001", "皖\u001bA", "pm27110", "pd2611250", "em31110", "vm27110", "zz", "Pm27110", "../x", "pm27110pm27110pm", "pm27110pm27110pmm", "ES256", "*\u0001",
        "https://s.example.cn/34/{list}", "https://s.example.cn/{list}/{list}", "https://s.example.cn/", "$&{list}", "{list}", "{list} ", "{list}é", "{LIST}", "application/statuslist+cwt", "application/statuslist+jwt", "lst", "bits",
    ];

    public static void Once(Node root, Dice dice, IReadOnlyList<Node> parts)
    {
        var nodes = root.All().ToList();
        var node = dice.Of(nodes);
        switch (dice.Below(16))
        {
            case 0:
                node.HeadWidth = 1 << dice.Below(4);
                break;
            case 1:
                node.HeadLie = dice.Below(5) - 2;
                break;
            case 2:
                node.IsIndefinite = true;
                break;
            case 3:
                Become(node, Scalar(dice));
                break;
            case 4:
                Become(node, Node.Of(dice.Of(Strange)));
                break;
            case 5:
                Become(node, dice.Of(parts).Clone());
                break;
            case 6:
                Become(node, dice.Of(nodes).Clone());
                break;
            case 7:
                Remove(node, dice);
                break;
            case 8:
                Double(node, dice);
                break;
            case 9:
                Swap(node, dice);
                break;
            case 10:
                Insert(node, dice, parts);
                break;
            case 11:
                Become(node, Wrapped(node.Clone(), dice));
                break;
            case 12 when node.Children.Count > 0:
                Become(node, dice.Of(node.Children).Clone());
                break;
            case 13 or 14 when node.Major is 2 or 3:
                Content(node, dice);
                break;
            default:
                Nudge(dice.Of(nodes), dice);
                break;
        }

        // Out of order is one fault among many: mostly let the others be reached.
        if (dice.Below(4) > 0)
        {
            root.Sort();
        }
    }

    public static Node Scalar(Dice dice) => dice.Below(4) switch
    {
        0 => new Node { Major = dice.Below(2), Argument = dice.Of(Edges) },
        1 => Node.Text(dice.Of(Texts)),
        2 => Node.Bytes(Random(dice, dice.Of([0, 1, 7, 8, 9, 31, 32, 33, 63, 64, 65, 300]))),
        _ => Node.Text(new string('*', dice.Of([1, 2, 4, 7, 8, 9, 16, 17, 18, 19, 23, 24, 25, 126, 127, 128, 129, 255, 256]))),
    };

    /// <summary>A little more or less: where the limits are.</summary>
    public static void Nudge(Node node, Dice dice)
    {
        if (node.Major is 0 or 1 or 6 or 7)
        {
            node.Argument = unchecked(node.Argument + (ulong)dice.Of([-1, 1, -2, 2, -60, 60, -61, 61, -91, 91, 3600, -3600, 86400, -86400]));
            node.Major = node.Major < 2 && dice.Below(8) == 0 ? 1 - node.Major : node.Major;
        }
        else if (node.Major is 2 or 3)
        {
            Content(node, dice);
        }
    }

    public static byte[] Random(Dice dice, int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++)
        {
            bytes[i] = dice.Byte();
        }

        return bytes;
    }

    private static void Become(Node node, Node other)
    {
        (node.Major, node.Argument, node.Content, node.Children, node.Inside, node.Raw) = (other.Major, other.Argument, other.Content, other.Children, other.Inside, other.Raw);
        (node.HeadWidth, node.HeadLie, node.IsIndefinite) = (other.HeadWidth, other.HeadLie, other.IsIndefinite);
    }

    private static void Remove(Node node, Dice dice)
    {
        var size = node.Major == 5 && dice.Below(4) > 0 ? 2 : 1;
        if (node.Children.Count >= size)
        {
            node.Children.RemoveRange(dice.Below(node.Children.Count / size) * size, size);
        }
    }

    private static void Double(Node node, Dice dice)
    {
        var size = node.Major == 5 ? 2 : 1;
        if (node.Children.Count >= size)
        {
            var at = dice.Below(node.Children.Count / size) * size;
            node.Children.InsertRange(at, node.Children.GetRange(at, size).Select(child => child.Clone()));
        }
    }

    private static void Swap(Node node, Dice dice)
    {
        var size = node.Major == 5 ? 2 : 1;
        var count = node.Children.Count / size;
        if (count < 2)
        {
            return;
        }

        int a = dice.Below(count) * size, b = dice.Below(count) * size;
        for (var i = 0; i < size; i++)
        {
            (node.Children[a + i], node.Children[b + i]) = (node.Children[b + i], node.Children[a + i]);
        }
    }

    private static void Insert(Node node, Dice dice, IReadOnlyList<Node> parts)
    {
        if (node.Major is not (4 or 5))
        {
            return;
        }

        var times = dice.Below(40) == 0 ? dice.Of([300, 510, 520]) : 1;
        for (var i = 0; i < times; i++)
        {
            if (node.Major == 5)
            {
                node.Children.Add(times > 1 ? Node.Integer(1000 + i) : dice.Below(2) == 0 ? Scalar(dice) : dice.Of(parts).Clone());
            }

            node.Children.Add(times > 1 ? Node.Integer(0) : dice.Below(2) == 0 ? Scalar(dice) : dice.Of(parts).Clone());
        }
    }

    private static Node Wrapped(Node node, Dice dice)
    {
        for (var times = dice.Below(8) == 0 ? dice.Below(10) : 0; times >= 0; times--)
        {
            node = dice.Below(4) switch
            {
                0 => Node.Array(node),
                1 => Node.Map(Node.Integer(dice.Below(20)), node),
                2 => new Node { Major = 6, Argument = dice.Of<ulong>([18, 98, 18, 98, 17, 24, 61, 2]), Children = [node] },
                _ => Node.Bytes(node.ToBytes()),
            };
        }

        return node;
    }

    private static void Content(Node node, Dice dice)
    {
        var bytes = (node.Inside?.ToBytes() ?? node.Content).ToList();
        node.Inside = null;
        switch (dice.Below(5))
        {
            case 0 when bytes.Count > 0:
                bytes[dice.Below(bytes.Count)] ^= (byte)(1 << dice.Below(8));
                break;
            case 1 when bytes.Count > 0:
                bytes.RemoveAt(dice.Below(bytes.Count));
                break;
            case 2:
                bytes.Insert(dice.Below(bytes.Count + 1), dice.Byte());
                break;
            case 3:
                bytes.InsertRange(dice.Below(bytes.Count + 1), System.Text.Encoding.UTF8.GetBytes(dice.Of(Texts)));
                break;
            default:
                bytes.Add(0);
                break;
        }

        node.Content = [.. bytes];
    }
}
