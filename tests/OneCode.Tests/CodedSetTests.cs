using System.Numerics;
using OneCode.Wire;

namespace OneCode.Tests;

/// <summary>Sets of indices (SPEC 13.1) against a writer that does what the section says, bit by bit, and nothing cleverer.</summary>
public sealed class CodedSetTests
{
    public static TheoryData<int, int[]> Sets()
    {
        var dice = new Dice(20261125);
        var sets = new TheoryData<int, int[]>
        {
            { 1, [] },
            { 1, [0] },
            { 2, [1] },
            { 64, [.. Enumerable.Range(0, 64)] },
            { 4096, [0] },
            { 4096, [4095] },
            { 1_048_576, [1_048_575] },
            { 1_048_576, [0, 1_048_575] },
            { 3000, [.. Enumerable.Range(0, 2500), 2999] },
            { 3000, [56, .. Enumerable.Range(113, 2500)] },
        };
        foreach (var (universe, count) in new[] { (100, 7), (1000, 63), (1000, 64), (1000, 65), (900, 128), (900, 129), (1000, 600), (1_048_576, 300), (1_000_003, 1) })
        {
            sets.Add(universe, [.. Enumerable.Range(0, 4 * count).Select(_ => dice.Below(universe)).Distinct().Take(count).Order()]);
        }

        return sets;
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void A_set_has_the_bits_that_the_section_says_and_comes_back_from_them(int universe, int[] indices)
    {
        var bits = Written(universe, indices);
        Assert.Equal(bits, RiceCode.Encode(indices, universe));
        Assert.Equal(bits, RiceCode.Encode(indices.Select(index => (long)index).ToArray(), universe));
        Assert.True(IndexSet.TryRead(bits, universe, indices.Length, out var set));
        Assert.Equal(indices, set.ToArray());
        Assert.Equal(bits, set.Bits.ToArray());
        Assert.Equal(bits, IndexSet.Of(indices, universe).Bits.ToArray());
        Assert.InRange(set.Size, bits.Length, bits.Length + 8 + (indices.Length / 8));
        var members = indices.ToHashSet();
        var asked = universe <= 3000 ? Enumerable.Range(-1, universe + 2) : [-1, universe, .. indices.Take(100).SelectMany(index => new[] { index - 1, index, index + 1 })];
        Assert.DoesNotContain(asked, index => members.Contains(index) != set.Contains(index));
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void No_other_bits_are_that_set(int universe, int[] indices)
    {
        var bits = Written(universe, indices);
        Assert.False(IndexSet.TryRead([.. bits, 0], universe, indices.Length, out _), "a byte more");
        Assert.False(IndexSet.TryRead([.. bits, 0xff], universe, indices.Length, out _), "a byte more");
        if (bits.Length > 0)
        {
            Assert.False(IndexSet.TryRead(bits.AsSpan()[..^1], universe, indices.Length, out _), "a byte less");
            Assert.False(IndexSet.TryRead(bits, universe - 1, indices.Length, out var smaller) && smaller.ToArray().SequenceEqual(indices) && indices[^1] == universe - 1, "beyond the universe");
        }

        // Each bit turned: refused, or another set.
        for (var bit = 0; bit < Math.Min(64, bits.Length * 8); bit++)
        {
            var turned = bits.ToArray();
            turned[^(1 + (bit / 8))] ^= (byte)(1 << (bit % 8));
            Assert.False(IndexSet.TryRead(turned, universe, indices.Length, out var other) && (other.ToArray().SequenceEqual(indices) || other.ToArray()[^1] >= universe), $"bit {bit} from the end");
        }
    }

    [Fact]
    public void A_count_that_the_bytes_cannot_hold_is_refused_before_anything_is_made_for_it()
    {
        Assert.True(IndexSet.TryRead([0], 8, 8, out var all));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7], all.ToArray());
        Assert.False(IndexSet.TryRead([0], 9, 9, out _));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(IndexSet.TryRead([0, 0], int.MaxValue, int.MaxValue, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);
    }

    [Fact]
    public void What_is_not_ascending_or_beyond_the_universe_is_no_set()
    {
        Assert.Throws<ArgumentException>(() => IndexSet.Of([3, 10], 10));
        Assert.ThrowsAny<Exception>(() => IndexSet.Of([3, 3], 10));
    }

    [Fact]
    public void The_parameter_is_the_greatest_that_the_section_allows()
    {
        foreach (var universe in new long[] { 1, 2, 80, 1000, 4096, 1_048_576, 1_400_000_000 })
        {
            foreach (var count in new long[] { 0, 1, 2, 3, 38, 76, 77, 78, 500, 1024, 1_000_000 })
            {
                Assert.Equal(ParameterOf(universe, count), RiceCode.Parameter(universe, count));
            }
        }

        // At the threshold itself: 77 of 160 gives exactly 2 * 77 * 80 = 77 * 160.
        Assert.Equal(1, RiceCode.Parameter(160, 77));
        Assert.Equal(0, RiceCode.Parameter(159, 77));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(262_144)]
    public void A_stream_of_zlib_ends_where_it_ends_and_is_not_longer_than_allowed(int size)
    {
        var bytes = Enumerable.Range(0, size).Select(i => (byte)(i * 7 % 251)).ToArray();
        var stream = Zlib.Deflate(bytes);
        Assert.True(Zlib.TryInflate(stream, size, out var back));
        Assert.Equal(bytes, back);
        Assert.True(Zlib.TryInflate(stream, size + 1, out _));
        Assert.False(Zlib.TryInflate(stream, size - 1, out _), "too long");
        Assert.False(Zlib.TryInflate([.. stream, 0], size, out var none), "a byte more");
        Assert.Empty(none);
        Assert.False(Zlib.TryInflate([.. stream, .. stream[^4..]], size, out _), "its checksum twice");
        Assert.False(Zlib.TryInflate(stream.AsSpan()[..^1], size, out _), "a byte less");
        Assert.False(Zlib.TryInflate(stream.AsSpan()[..^4], size, out _), "no checksum");
        Assert.False(Zlib.TryInflate([.. stream[..^1], (byte)(stream[^1] ^ 1)], size, out _), "another checksum");
        foreach (var first in new byte[] { 0x79, 0x77, 0x08 })
        {
            // Another method, or a window that fits its check bits no more.
            Assert.False(Zlib.TryInflate([first, .. stream[1..]], size, out _), $"{first:x2}");
        }

        // A preset dictionary, with the right check bits.
        var flags = (byte)0x20;
        flags += (byte)((31 - (((0x78 << 8) | flags) % 31)) % 31);
        Assert.False(Zlib.TryInflate([0x78, flags, .. stream[2..]], size, out _));

        // Method 7 with the right check bits.
        flags = (byte)((31 - ((0x77 << 8) % 31)) % 31);
        Assert.False(Zlib.TryInflate([0x77, flags, .. stream[2..]], size, out _));
    }

    [Fact]
    public void Less_than_a_header_and_a_checksum_is_no_stream()
    {
        Assert.All(Enumerable.Range(0, 8), size => Assert.False(Zlib.TryInflate(new byte[] { 0x78, 0x9c, 3, 0, 0, 0, 0, 1 }.AsSpan(0, size), 8, out _) && size < 8));
        Assert.True(Zlib.TryInflate([0x78, 0x9c, 3, 0, 0, 0, 0, 1], 8, out var empty));
        Assert.Empty(empty);
    }

    private static int ParameterOf(long universe, long count)
    {
        var k = 0;
        while (count > 0 && BigInteger.Pow(2, k + 1) * count * 80 <= 77 * (BigInteger)universe)
        {
            k++;
        }

        return k;
    }

    private static byte[] Written(long universe, int[] indices)
    {
        var k = ParameterOf(universe, indices.Length);
        var bits = new List<bool>();
        long previous = -1;
        foreach (var index in indices)
        {
            var gap = index - previous - 1;
            previous = index;
            bits.AddRange(Enumerable.Repeat(true, (int)(gap >> k)));
            bits.Add(false);
            bits.AddRange(Enumerable.Range(1, k).Select(place => ((gap >> (k - place)) & 1) == 1));
        }

        var bytes = new byte[(bits.Count + 7) / 8];
        foreach (var (place, bit) in bits.Index())
        {
            bytes[place / 8] |= (byte)(bit ? 0x80 >> (place % 8) : 0);
        }

        return bytes;
    }
}
