using System.Buffers.Binary;
using System.Numerics;

namespace OneCode.Wire;

/// <summary>
/// Ascending positions as Golomb-Rice coded gaps (SPEC 13.1). The parameter follows from how many of how many, so a set has
/// exactly one encoding and nothing is carried that could be wrong.
/// </summary>
internal static class RiceCode
{
    /// <summary>
    /// The greatest k with 2^k * count * 80 &lt;= 77 * universe: the optimum for gaps at random, whose threshold is -ln(golden ratio - 1)
    /// times two, 0.9624.
    /// </summary>
    public static int Parameter(long universe, long count)
    {
        var k = 0;
        while (count > 0 && count * 80 <= universe * 77 >> (k + 1))
        {
            k++;
        }

        return k;
    }

    public static byte[] Encode(ReadOnlySpan<long> positions, long universe)
    {
        var writer = new BitWriter(positions.Length, Parameter(universe, positions.Length), universe);
        foreach (var position in positions)
        {
            writer.Write(position);
        }

        return writer.ToArray();
    }

    public static byte[] Encode(ReadOnlySpan<int> positions, long universe)
    {
        var writer = new BitWriter(positions.Length, Parameter(universe, positions.Length), universe);
        foreach (var position in positions)
        {
            writer.Write(position);
        }

        return writer.ToArray();
    }

    /// <summary>Appends one code after the other.</summary>
    private sealed class BitWriter(int count, int k, long universe)
    {
        // The unary parts together are at most universe >> k long.
        private readonly byte[] bytes = new byte[((((long)count * (k + 1)) + (universe >> k)) / 8) + 9];
        private long position;
        private long previous = -1;

        public void Write(long value)
        {
            var gap = value - previous - 1;
            previous = value;
            for (var ones = gap >> k; ones > 0; ones -= 32)
            {
                Append(0xffff_ffff, (int)Math.Min(ones, 32));
            }

            Append(0, 1);
            Append((ulong)gap & ((1UL << k) - 1), k);
        }

        public byte[] ToArray() => bytes[..(int)((position + 7) / 8)];

        private void Append(ulong bits, int length)
        {
            if (length == 0)
            {
                return;
            }

            // At most 35 bits and seven before them: one unaligned word.
            var at = bytes.AsSpan((int)(position >> 3), 8);
            bits &= (1UL << length) - 1;
            BinaryPrimitives.WriteUInt64BigEndian(at, BinaryPrimitives.ReadUInt64BigEndian(at) | (bits << (64 - length - (int)(position & 7))));
            position += length;
        }
    }
}

/// <summary>Reads one code after the other. False at the first bit that no encoder writes.</summary>
internal ref struct RiceReader(ReadOnlySpan<byte> bytes, long universe, int k, long position, long previous)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public RiceReader(ReadOnlySpan<byte> bytes, long universe, long count)
        : this(bytes, universe, RiceCode.Parameter(universe, count), 0, -1)
    {
    }

    /// <summary>Bits read so far.</summary>
    public readonly long Position => position;

    /// <summary>The value read last.</summary>
    public readonly long Previous => previous;

    public bool TryRead(out long value)
    {
        value = 0;
        long ones = 0;
        var most = (universe - previous) >> k;
        while (true)
        {
            var run = BitOperations.LeadingZeroCount(~Peek());
            ones += Math.Min(run, 56);
            if (ones > most)
            {
                return false;
            }

            position += Math.Min(run, 56);
            if (run < 56)
            {
                break;
            }
        }

        position++;
        var rest = k == 0 ? 0 : (long)(Peek() >> (64 - k));
        position += k;
        value = previous + 1 + (ones << k) + rest;
        previous = value;
        return value < universe && position <= (long)bytes.Length * 8;
    }

    /// <summary>Nothing is left but zeros that fill the last byte.</summary>
    public readonly bool IsAtEnd => (position + 7) / 8 == bytes.Length && (position % 8 == 0 || (bytes[^1] & (0xff >> (int)(position % 8))) == 0);

    // At least 57 bits are there; beyond the end they are zeros.
    private readonly ulong Peek()
    {
        var at = (int)Math.Min(position >> 3, bytes.Length);
        var rest = bytes[at..];
        ulong word = 0;
        if (rest.Length >= 8)
        {
            word = BinaryPrimitives.ReadUInt64BigEndian(rest);
        }
        else
        {
            for (var i = 0; i < rest.Length; i++)
            {
                word |= (ulong)rest[i] << (56 - (8 * i));
            }
        }

        return word << (int)(position & 7);
    }
}
