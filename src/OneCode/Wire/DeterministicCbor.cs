using System.Buffers.Binary;
using System.Text.Unicode;

namespace OneCode.Wire;

/// <summary>
/// The gate in front of every reader (SPEC 1): one pass that lets through deterministic CBOR of the few kinds that OC1
/// uses and nothing else. Declared lengths are checked against the bytes that are there, so nothing is ever allocated for a claim.
/// </summary>
internal ref struct DeterministicCbor
{
    public const int MaximumDepth = 8;

    private const long LargestInteger = (1L << 53) - 1;

    private readonly ReadOnlySpan<byte> bytes;
    private readonly bool anyOrder;
    private int position;
    private int itemsLeft;

    private DeterministicCbor(ReadOnlySpan<byte> bytes, int maximumItems, bool anyOrder = false)
    {
        this.bytes = bytes;
        this.anyOrder = anyOrder;
        itemsLeft = maximumItems;
    }

    /// <summary>Exactly one item, deterministic, within the limits.</summary>
    public static bool IsValid(ReadOnlySpan<byte> bytes, int maximumItems)
    {
        var check = new DeterministicCbor(bytes, maximumItems);
        return check.Item(MaximumDepth) && check.position == bytes.Length;
    }

    /// <summary>The same with map keys in any order, each still only once: for what others write who follow the Token Status List draft and not SPEC.</summary>
    public static bool IsValidInAnyOrder(ReadOnlySpan<byte> bytes, int maximumItems)
    {
        var check = new DeterministicCbor(bytes, maximumItems, anyOrder: true);
        return check.Item(MaximumDepth) && check.position == bytes.Length;
    }

    /// <summary>The length of the first item, for a sequence of items.</summary>
    public static bool TryMeasure(ReadOnlySpan<byte> bytes, int maximumItems, out int length)
    {
        var check = new DeterministicCbor(bytes, maximumItems);
        var isValid = check.Item(MaximumDepth);
        length = check.position;
        return isValid;
    }

    private bool Item(int depth)
    {
        if (position >= bytes.Length || --itemsLeft < 0)
        {
            return false;
        }

        var initial = bytes[position];
        var major = initial >> 5;
        if (major == 7)
        {
            // Booleans only: no floats, null, undefined or break.
            position++;
            return initial is 0xf4 or 0xf5;
        }

        if (!Argument(initial & 0x1f, out var argument))
        {
            return false;
        }

        var left = (ulong)(bytes.Length - position);
        switch (major)
        {
            case 0 or 1:
                // What every language reads exactly. Nothing in OC1 needs more.
                return argument <= (ulong)(LargestInteger - major);

            case 2 or 3:
                if (argument > left)
                {
                    return false;
                }

                var content = bytes.Slice(position, (int)argument);
                position += content.Length;
                return major == 2 || Utf8.IsValid(content);

            case 4:
                return argument <= left && depth > 0 && Items((int)argument, depth - 1);

            case 5:
                return argument <= left / 2 && depth > 0 && (anyOrder ? PairsInAnyOrder((int)argument, depth - 1) : Pairs((int)argument, depth - 1));

            default:
                return argument is 18 or 98 && depth > 0 && Item(depth - 1);
        }
    }

    private bool Items(int count, int depth)
    {
        for (var i = 0; i < count; i++)
        {
            if (!Item(depth))
            {
                return false;
            }
        }

        return true;
    }

    private bool Pairs(int count, int depth)
    {
        ReadOnlySpan<byte> previous = default;
        for (var i = 0; i < count; i++)
        {
            var start = position;
            if (!Item(depth))
            {
                return false;
            }

            // Strictly ascending: sorted and unique in one comparison. Before the first there is nothing, which is less than any key.
            var key = bytes[start..position];
            if (previous.SequenceCompareTo(key) >= 0)
            {
                return false;
            }

            previous = key;
            if (!Item(depth))
            {
                return false;
            }
        }

        return true;
    }

    private bool PairsInAnyOrder(int count, int depth)
    {
        // The bound on items bounds these comparisons too.
        var keys = new List<Range>();
        for (var i = 0; i < count; i++)
        {
            var start = position;
            if (!Item(depth))
            {
                return false;
            }

            foreach (var other in keys)
            {
                if (bytes[other].SequenceEqual(bytes[start..position]))
                {
                    return false;
                }
            }

            keys.Add(start..position);
            if (!Item(depth))
            {
                return false;
            }
        }

        return true;
    }

    // The shortest form only; 28 to 30 are reserved, 31 is indefinite length.
    private bool Argument(int information, out ulong argument)
    {
        position++;
        argument = (ulong)information;
        if (information < 24)
        {
            return true;
        }

        if (information > 27)
        {
            return false;
        }

        var size = 1 << (information - 24);
        if (bytes.Length - position < size)
        {
            return false;
        }

        var rest = bytes[position..];
        position += size;
        switch (size)
        {
            case 1:
                argument = rest[0];
                return argument >= 24;
            case 2:
                argument = BinaryPrimitives.ReadUInt16BigEndian(rest);
                return argument > byte.MaxValue;
            case 4:
                argument = BinaryPrimitives.ReadUInt32BigEndian(rest);
                return argument > ushort.MaxValue;
            default:
                argument = BinaryPrimitives.ReadUInt64BigEndian(rest);
                return argument > uint.MaxValue;
        }
    }
}
