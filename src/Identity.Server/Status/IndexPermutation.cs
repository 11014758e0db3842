using System.Buffers.Binary;
using System.Numerics;
using Org.BouncyCastle.Crypto.Fpe;
using Org.BouncyCastle.Crypto.Parameters;

namespace Identity.Server.Status;

/// <summary>
/// A keyed permutation of 0 .. capacity-1: format-preserving encryption (FF1, NIST SP 800-38G) of a dense number. Indices never
/// collide, look random, say nothing about each other under different keys, and whoever has the key gets the number back.
/// </summary>
internal sealed class IndexPermutation
{
    private readonly KeyParameter _key;
    private readonly long _capacity;
    private readonly int _bits;

    /// <param name="key">32 bytes, for this block of this list alone.</param>
    /// <param name="capacity">FF1 wants a domain of a million at least; a smaller capacity works and is slower.</param>
    public IndexPermutation(byte[] key, long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1L << 32);
        _key = new KeyParameter(key);
        _capacity = capacity;
        // Two digits of the same size: the smallest power of four that holds the capacity. A shard of 1,048,064 leaves 512 of 2^20 over.
        var bits = Math.Max(20, 64 - BitOperations.LeadingZeroCount((ulong)(capacity - 1)));
        _bits = (bits + 1) / 2;
    }

    public long Permute(long number) => Walk(number, forward: true);

    public long Invert(long index) => Walk(index, forward: false);

    private long Walk(long value, bool forward)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(value);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(value, _capacity);
        var engine = new FpeFf1Engine();
        engine.Init(forward, new FpeParameters(_key, 1 << _bits, []));
        var (input, output) = (new byte[4], new byte[4]);
        // Cycle walking: step until back inside. It ends, because the starting point itself lies inside its cycle.
        do
        {
            BinaryPrimitives.WriteUInt16BigEndian(input, (ushort)(value >> _bits));
            BinaryPrimitives.WriteUInt16BigEndian(input.AsSpan(2), (ushort)(value & ((1L << _bits) - 1)));
            engine.ProcessBlock(input, 0, 4, output, 0);
            value = ((long)BinaryPrimitives.ReadUInt16BigEndian(output) << _bits) | BinaryPrimitives.ReadUInt16BigEndian(output.AsSpan(2));
        }
        while (value >= _capacity);
        return value;
    }
}
