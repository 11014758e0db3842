using System.Diagnostics.CodeAnalysis;
using OneCode.Wire;

namespace OneCode;

/// <summary>
/// One list of a compact state: the indices that are withdrawn and those that are suspended, as they are on the wire (SPEC 13.1). A hundredth of
/// the array that it stands for; an index is found by decoding at most 64 codes.
/// </summary>
public sealed class CompactList
{
    /// <summary>The most entries of a list: those of a status list of two bits.</summary>
    public const int MaximumEntries = StatusList.MaximumBytes * 4;

    private readonly IndexSet withdrawn;
    private readonly IndexSet suspended;

    private CompactList(string name, int entries, IndexSet withdrawn, IndexSet suspended)
    {
        Name = name;
        Entries = entries;
        this.withdrawn = withdrawn;
        this.suspended = suspended;
    }

    /// <summary>The name in credentials.</summary>
    public string Name { get; }

    /// <summary>How many indices it covers.</summary>
    public int Entries { get; }

    /// <summary>How many are withdrawn for good.</summary>
    public int WithdrawnCount => withdrawn.Count;

    /// <summary>How many are withdrawn for now.</summary>
    public int SuspendedCount => suspended.Count;

    /// <summary>Bytes held, directories included.</summary>
    public int Size => withdrawn.Size + suspended.Size;

    /// <summary>Takes ascending indices.</summary>
    /// <exception cref="ArgumentException">A name, a number or an order outside SPEC 13.1, or an index in both.</exception>
    public static CompactList Create(string name, int entries, ReadOnlySpan<int> withdrawn, ReadOnlySpan<int> suspended)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!Grammar.IsListName(name) || entries is < 1 or > MaximumEntries || !IsAscending(withdrawn, entries) || !IsAscending(suspended, entries))
        {
            throw new ArgumentException("A verifier would refuse this list.", nameof(name));
        }

        var list = new CompactList(name, entries, IndexSet.Of(withdrawn, entries), IndexSet.Of(suspended, entries));
        return list.IsDisjoint() ? list : throw new ArgumentException("An index is withdrawn or suspended, not both.", nameof(suspended));
    }

    /// <summary>The same statement as a status list of two bits. Values that are neither invalid nor suspended count as valid.</summary>
    public static CompactList Create(string name, StatusList list)
    {
        ArgumentNullException.ThrowIfNull(list);
        var withdrawn = new List<int>();
        var suspended = new List<int>();
        var bytes = list.Bytes;
        var perByte = 8 / list.Bits;
        for (var at = 0; (at = NextSet(bytes, at)) < bytes.Length; at++)
        {
            for (var index = at * perByte; index < (at + 1) * perByte; index++)
            {
                switch (list.Get(index))
                {
                    case StatusValue.Invalid:
                        withdrawn.Add(index);
                        break;
                    case StatusValue.Suspended:
                        suspended.Add(index);
                        break;
                    default:
                        break;
                }
            }
        }

        return Create(name, list.Count, withdrawn.ToArray(), suspended.ToArray());
    }

    /// <summary>The value at an index; null beyond the end, where the list says nothing.</summary>
    public StatusValue? Get(int index) =>
        index < 0 || index >= Entries ? null
        : withdrawn.Contains(index) ? StatusValue.Invalid
        : suspended.Contains(index) ? StatusValue.Suspended
        : StatusValue.Valid;

    /// <summary>The indices that are withdrawn for good, ascending.</summary>
    public int[] Withdrawn() => withdrawn.ToArray();

    /// <summary>The indices that are withdrawn for now, ascending.</summary>
    public int[] Suspended() => suspended.ToArray();

    internal void Write(CborWriter writer) => writer.Array(6)
        .Text(Name).Integer(Entries)
        .Integer(withdrawn.Count).Bytes(withdrawn.Bits.Span)
        .Integer(suspended.Count).Bytes(suspended.Bits.Span);

    internal static bool TryRead(ref CborReader reader, [NotNullWhen(true)] out CompactList? list)
    {
        list = null;
        if (!reader.TryReadArray(6)
            || !reader.TryReadText(16, out var name) || !Grammar.IsListName(name)
            || !reader.TryReadInteger(1, MaximumEntries, out var entries)
            || !reader.TryReadInteger(0, entries, out var withdrawnCount) || !reader.TryReadBytes(out var withdrawnBits)
            || !reader.TryReadInteger(0, entries, out var suspendedCount) || !reader.TryReadBytes(out var suspendedBits)
            || !IndexSet.TryRead(withdrawnBits, (int)entries, (int)withdrawnCount, out var withdrawn)
            || !IndexSet.TryRead(suspendedBits, (int)entries, (int)suspendedCount, out var suspended))
        {
            return false;
        }

        list = new CompactList(name, (int)entries, withdrawn, suspended);
        return list.IsDisjoint();
    }

    // The counts too: the same bits are another set under another count.
    internal bool SaysTheSameAs(CompactList other) =>
        Entries == other.Entries && WithdrawnCount == other.WithdrawnCount && SuspendedCount == other.SuspendedCount
        && withdrawn.Bits.Span.SequenceEqual(other.withdrawn.Bits.Span) && suspended.Bits.Span.SequenceEqual(other.suspended.Bits.Span);

    private static int NextSet(ReadOnlySpan<byte> bytes, int at)
    {
        var found = bytes[at..].IndexOfAnyExcept((byte)0);
        return found < 0 ? bytes.Length : at + found;
    }

    private static bool IsAscending(ReadOnlySpan<int> indices, int entries)
    {
        var previous = -1;
        foreach (var index in indices)
        {
            if (index <= previous || index >= entries)
            {
                return false;
            }

            previous = index;
        }

        return true;
    }

    private bool IsDisjoint()
    {
        if (suspended.Count == 0 || withdrawn.Count == 0)
        {
            return true;
        }

        var gone = withdrawn.ToArray();
        var at = 0;
        foreach (var index in suspended.ToArray())
        {
            while (at < gone.Length && gone[at] < index)
            {
                at++;
            }

            if (at < gone.Length && gone[at] == index)
            {
                return false;
            }
        }

        return true;
    }
}
