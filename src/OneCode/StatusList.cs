using System.Diagnostics.CodeAnalysis;
using OneCode.Wire;

namespace OneCode;

/// <summary>
/// The array of a Token Status List: entries of one or two bits, the first in the least significant bits of the first byte
/// (SPEC 8). Not synchronised: readers of a changing list copy it first.
/// </summary>
public sealed class StatusList
{
    /// <summary>The most that a verifier inflates: 1,048,576 entries of two bits.</summary>
    public const int MaximumBytes = 262_144;

    /// <summary>Entries of a shard: the size that costs Redis no rounding up.</summary>
    public const int ShardEntries = 1_048_064;

    private readonly byte[] bytes;

    /// <summary>All valid.</summary>
    public StatusList(int entries, int bits)
        : this(new byte[SizeOf(entries, bits)], bits)
    {
    }

    private StatusList(byte[] bytes, int bits)
    {
        this.bytes = bytes;
        Bits = bits;
    }

    /// <summary>Bits an entry: 1 or 2.</summary>
    public int Bits { get; }

    /// <summary>How many entries there is room for.</summary>
    public int Count => bytes.Length * (8 / Bits);

    /// <summary>The array itself, byte-identical to what Redis holds and the published list inflates to.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>Copies an array, from Redis or a database.</summary>
    public static StatusList FromBytes(ReadOnlySpan<byte> bytes, int bits)
    {
        if (bits is not (1 or 2) || bytes.Length is 0 or > MaximumBytes)
        {
            throw new ArgumentException("A status list has one or two bits an entry and at most 262,144 bytes.", nameof(bytes));
        }

        return new StatusList(bytes.ToArray(), bits);
    }

    /// <summary>Inflates <c>lst</c>. False at anything that is not exactly one bounded zlib stream.</summary>
    public static bool TryInflate(ReadOnlySpan<byte> lst, int bits, [NotNullWhen(true)] out StatusList? list)
    {
        list = bits is 1 or 2 && Zlib.TryInflate(lst, MaximumBytes, out var bytes) && bytes.Length > 0 ? new StatusList(bytes, bits) : null;
        return list is not null;
    }

    /// <summary>The value at an index.</summary>
    public StatusValue Get(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return Bits == 1
            ? (StatusValue)((bytes[index >> 3] >> (index & 7)) & 1)
            : (StatusValue)((bytes[index >> 2] >> (2 * (index & 3))) & 3);
    }

    /// <summary>Changes the value at an index.</summary>
    public void Set(int index, StatusValue value)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        if (value < 0 || (int)value >= 1 << Bits)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "The value does not fit the list's bits.");
        }

        var (at, shift) = Bits == 1 ? (index >> 3, index & 7) : (index >> 2, 2 * (index & 3));
        var mask = ((1 << Bits) - 1) << shift;
        bytes[at] = (byte)((bytes[at] & ~mask) | ((int)value << shift));
    }

    /// <summary>The zlib stream <c>lst</c>, at the best level.</summary>
    public byte[] Deflate() => Zlib.Deflate(bytes);

    private static int SizeOf(int entries, int bits)
    {
        if (bits is not (1 or 2) || entries < 1 || entries > MaximumBytes * (8 / bits))
        {
            throw new ArgumentOutOfRangeException(nameof(entries), entries, "A status list has one or two bits an entry and at most 262,144 bytes.");
        }

        var perByte = 8 / bits;
        return (entries + perByte - 1) / perByte;
    }
}
