using System.Buffers.Binary;
using System.Text;

namespace OneCode.Wire;

/// <summary>
/// Reads what <see cref="DeterministicCbor"/> let through. Each method says false, and moves nowhere, when the next item is of another kind.
/// </summary>
internal ref struct CborReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int position;

    public readonly bool AtEnd => position == bytes.Length;

    public bool TryReadArray(out int count) => TryReadCount(4, out count);

    public bool TryReadArray(int expected)
    {
        var start = position;
        if (TryReadCount(4, out var count) && count == expected)
        {
            return true;
        }

        position = start;
        return false;
    }

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

    public bool TryReadInteger(long minimum, long maximum, out long value)
    {
        var start = position;
        if (TryReadInteger(out value) && value >= minimum && value <= maximum)
        {
            return true;
        }

        position = start;
        return false;
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
        var open = 1;
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

    private readonly int NextMajor() => position < bytes.Length ? bytes[position] >> 5 : -1;

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
