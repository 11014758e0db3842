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
        if (!Grammar.IsListName(name) || entries is < 1 or > MaximumEntries || !IsAscending(withdrawn) || !IsAscending(suspended))
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

    /// <summary>Null, and the reader has failed, when it is no list of SPEC 13.1.</summary>
    internal static CompactList? Read(ref CborReader reader)
    {
        reader.Array(6);
        var name = reader.Text(Grammar.IsListName);
        var entries = (int)reader.Integer(1, MaximumEntries);
        var withdrawn = ReadSet(ref reader, entries);
        var suspended = ReadSet(ref reader, entries);
        var list = withdrawn is null || suspended is null ? null : new CompactList(name, entries, withdrawn, suspended);
        reader.Require(list?.IsDisjoint() == true);
        return reader.IsRight ? list : null;
    }

    // Of one size. The counts too: the same bits are another set under another count.
    internal bool SaysTheSameAs(CompactList other) =>
        WithdrawnCount == other.WithdrawnCount && SuspendedCount == other.SuspendedCount
        && withdrawn.Bits.Span.SequenceEqual(other.withdrawn.Bits.Span) && suspended.Bits.Span.SequenceEqual(other.suspended.Bits.Span);

    private static int NextSet(ReadOnlySpan<byte> bytes, int at)
    {
        var found = bytes[at..].IndexOfAnyExcept((byte)0);
        return found < 0 ? bytes.Length : at + found;
    }

    // Below the end they are too, or the set is not made.
    private static bool IsAscending(ReadOnlySpan<int> indices)
    {
        var previous = -1;
        foreach (var index in indices)
        {
            if (index <= previous)
            {
                return false;
            }

            previous = index;
        }

        return true;
    }

    private static IndexSet? ReadSet(ref CborReader reader, int entries)
    {
        var count = (int)reader.Integer(0, entries);
        return IndexSet.TryRead(reader.Bytes(), entries, count, out var set) ? set : null;
    }

    private bool IsDisjoint() => suspended.Count == 0 || !withdrawn.ToArray().Intersect(suspended.ToArray()).Any();
}
