using System.Diagnostics.CodeAnalysis;

namespace OneCode.Wire;

/// <summary>A set of indices below a million or so, kept coded, with a directory into the codes so that one need not begin at the first.</summary>
internal sealed class IndexSet
{
    private const int Stride = 64;

    private readonly int universe;
    private readonly int parameter;
    private readonly byte[] bits;
    // For every 64th code: the value before it, and the bit at which it begins.
    private readonly int[] before;
    private readonly int[] begins;

    private IndexSet(byte[] bits, int universe, int count, int[] before, int[] begins)
    {
        this.bits = bits;
        this.universe = universe;
        this.before = before;
        this.begins = begins;
        Count = count;
        parameter = RiceCode.Parameter(universe, count);
    }

    public int Count { get; }

    public ReadOnlyMemory<byte> Bits => bits;

    public int Size => bits.Length + (8 * begins.Length);

    public static IndexSet Of(ReadOnlySpan<int> ascending, int universe) =>
        TryRead(RiceCode.Encode(ascending, universe), universe, ascending.Length, out var set) ? set : throw new ArgumentException("Indices ascend and are below the universe.", nameof(ascending));

    /// <summary>Reads every code, so that whatever is kept is known to be the one encoding of a set.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bits, int universe, int count, [NotNullWhen(true)] out IndexSet? set)
    {
        set = null;
        // A code has a bit at least: nothing is allocated for a count that cannot be.
        if (count > (long)bits.Length * 8)
        {
            return false;
        }

        var before = new int[(count + Stride - 1) / Stride];
        var begins = new int[before.Length];
        var reader = new RiceReader(bits, universe, count);
        for (var i = 0; i < count; i++)
        {
            if (i % Stride == 0)
            {
                before[i / Stride] = (int)reader.Previous;
                begins[i / Stride] = (int)reader.Position;
            }

            if (!reader.TryRead(out _))
            {
                return false;
            }
        }

        set = reader.IsAtEnd ? new IndexSet(bits.ToArray(), universe, count, before, begins) : null;
        return set is not null;
    }

    public bool Contains(int index)
    {
        if (Count == 0)
        {
            return false;
        }

        // The last stretch that begins before the index.
        var at = before.AsSpan().BinarySearch(index);
        at = (at < 0 ? ~at : at) - 1;
        if (at < 0)
        {
            return false;
        }

        var reader = new RiceReader(bits, universe, parameter, begins[at], before[at]);
        var left = Math.Min(Stride, Count - (at * Stride));
        while (left-- > 0 && reader.TryRead(out var value) && value <= index)
        {
            if (value == index)
            {
                return true;
            }
        }

        return false;
    }

    public int[] ToArray()
    {
        var indices = new int[Count];
        var reader = new RiceReader(bits, universe, Count);
        for (var i = 0; i < indices.Length; i++)
        {
            _ = reader.TryRead(out var value);
            indices[i] = (int)value;
        }

        return indices;
    }
}
