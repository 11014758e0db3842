using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace OneCode.Wire;

/// <summary>
/// Reads what <see cref="DeterministicCbor"/> let through. A decoder asks for its items in a row, as SPEC lists them, and once at the end whether all of them were there
/// (<see cref="IsRight"/>): after the first that is not, nothing is read any more and no answer means anything. So no check can be forgotten, and none hides another. Where
/// more than one kind may follow, the methods that begin with Try say false and move nowhere.
/// </summary>
internal ref struct CborReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;
    private bool hasFailed;

    /// <summary>Whether every item asked for was there.</summary>
    public readonly bool IsRight => !hasFailed;

    /// <summary>Behind the gate: what is not one item of deterministic CBOR has failed from the beginning.</summary>
    public static CborReader Of(ReadOnlySpan<byte> bytes, int maximumItems) => new(bytes) { hasFailed = !DeterministicCbor.IsValid(bytes, maximumItems) };

    /// <summary>What else must hold of what was read.</summary>
    public void Require(bool condition) => hasFailed |= !condition;

    public int Array()
    {
        Require(TryReadArray(out var count));
        return count;
    }

    public void Array(int expected) => Require(Array() == expected);

    public int Map()
    {
        Require(TryReadMap(out var count));
        return count;
    }

    public void Map(int expected) => Require(Map() == expected);

    public void Tag(ulong tag) => Require(TryReadTag(tag));

    /// <summary>The next key of a map is this one; what follows is its value.</summary>
    [UnscopedRef]
    public ref CborReader At(long label)
    {
        Integer(label, label);
        return ref this;
    }

    /// <summary>The next key of a map; 0, which no map of SPEC has for a key, for one that is no integer.</summary>
    public long Key()
    {
        if (!TryReadInteger(out var label))
        {
            Skip();
        }

        return label;
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Require(TryReadBytes(out var value));
        return value;
    }

    public ReadOnlySpan<byte> Bytes(int size)
    {
        var value = Bytes();
        Require(value.Length == size);
        return value;
    }

    public string Text(int maximumBytes, Func<string, bool> grammar)
    {
        Require(TryReadUtf8(out var utf8) && utf8.Length <= maximumBytes);
        var value = IsRight ? Encoding.UTF8.GetString(utf8) : string.Empty;
        Require(grammar(value));
        return value;
    }

    /// <summary>A text whose grammar says itself how long it may be.</summary>
    public string Text(Func<string, bool> grammar) => Text(int.MaxValue, grammar);

    public long Integer()
    {
        Require(TryReadInteger(out var value));
        return value;
    }

    /// <summary>Never beyond its bounds, whatever stands there: what is made of it is made before anyone asks.</summary>
    public long Integer(long minimum, long maximum)
    {
        var value = Integer();
        Require(value >= minimum && value <= maximum);
        return IsRight ? value : minimum;
    }

    public long Seconds() => Integer(0, Labels.LastSecond);

    public bool Boolean()
    {
        Require(TryReadBoolean(out var value));
        return value;
    }

    public bool TryReadArray(out int count) => TryReadCount(4, out count);

    public bool TryReadMap(out int count) => TryReadCount(5, out count);

    public bool TryReadTag(ulong tag)
    {
        if (NextMajor() != 6)
        {
            return false;
        }

        var start = position;
        if (ReadArgument() == tag)
        {
            return true;
        }

        position = start;
        return false;
    }

    public bool TryReadBytes(out ReadOnlySpan<byte> value) => TryReadString(2, out value);

    public bool TryReadBytes(int expected, out ReadOnlySpan<byte> value)
    {
        var start = position;
        if (TryReadBytes(out value) && value.Length == expected)
        {
            return true;
        }

        position = start;
        return false;
    }

    public bool TryReadUtf8(out ReadOnlySpan<byte> value) => TryReadString(3, out value);

    public bool TryReadText(int maximumBytes, out string value)
    {
        value = string.Empty;
        if (NextMajor() != 3)
        {
            return false;
        }

        var start = position;
        _ = TryReadString(3, out var utf8);
        if (utf8.IsEmpty || utf8.Length > maximumBytes)
        {
            position = start;
            return false;
        }

        value = Encoding.UTF8.GetString(utf8);
        return true;
    }

    public bool TryReadInteger(out long value)
    {
        value = 0;
        var major = NextMajor();
        if (major is not (0 or 1))
        {
            return false;
        }

        var argument = (long)ReadArgument();
        value = major == 0 ? argument : -1 - argument;
        return true;
    }

    public bool TryReadBoolean(out bool value)
    {
        value = false;
        if (NextMajor() != 7)
        {
            return false;
        }

        value = bytes[position++] == 0xf5;
        return true;
    }

    /// <summary>Skips one item and gives its bytes.</summary>
    public ReadOnlySpan<byte> ReadEncoded()
    {
        var start = position;
        Skip();
        return bytes[start..position];
    }

    public void Skip()
    {
        var open = hasFailed ? 0 : 1;
        while (open > 0)
        {
            open--;
            var major = NextMajor();
            if (major == 7)
            {
                position++;
                continue;
            }

            var argument = (int)Math.Min(ReadArgument(), int.MaxValue);
            switch (major)
            {
                case 2 or 3:
                    position += argument;
                    break;
                case 4:
                    open += argument;
                    break;
                case 5:
                    open += 2 * argument;
                    break;
                case 6:
                    open++;
                    break;
                default:
                    break;
            }
        }
    }

    private bool TryReadCount(int major, out int count)
    {
        count = 0;
        if (NextMajor() != major)
        {
            return false;
        }

        count = (int)ReadArgument();
        return true;
    }

    private bool TryReadString(int major, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (NextMajor() != major)
        {
            return false;
        }

        var length = (int)ReadArgument();
        value = bytes.Slice(position, length);
        position += length;
        return true;
    }

    private readonly int NextMajor() => !hasFailed && position < bytes.Length ? bytes[position] >> 5 : -1;

    private ulong ReadArgument()
    {
        var information = bytes[position++] & 0x1f;
        var rest = bytes[position..];
        switch (information)
        {
            case 24:
                position += 1;
                return rest[0];
            case 25:
                position += 2;
                return BinaryPrimitives.ReadUInt16BigEndian(rest);
            case 26:
                position += 4;
                return BinaryPrimitives.ReadUInt32BigEndian(rest);
            case 27:
                position += 8;
                return BinaryPrimitives.ReadUInt64BigEndian(rest);
            default:
                return (ulong)information;
        }
    }
}
