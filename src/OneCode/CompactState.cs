using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OneCode.Wire;

namespace OneCode;

/// <summary>
/// What is withdrawn and suspended in all lists of a series (SPEC 13.1), and the changes from one such state to another (SPEC 13.2). A state and a
/// set of changes have one encoding each, so their SHA-256 names them.
/// </summary>
public sealed class CompactState
{
    /// <summary>The most bytes of a state or of changes: a register of a nation fits three times.</summary>
    public const int MaximumSize = 64 << 20;

    /// <summary>The most lists of a state.</summary>
    public const int MaximumLists = 16_384;

    private const int MaximumItems = (7 * MaximumLists) + 16;

    private readonly CompactList[] lists;
    private readonly Dictionary<string, CompactList> byName;
    private byte[]? digest;

    private CompactState(CompactList[] lists)
    {
        this.lists = lists;
        byName = lists.ToDictionary(list => list.Name, StringComparer.Ordinal);
    }

    /// <summary>The lists, by name.</summary>
    public IReadOnlyList<CompactList> Lists => lists;

    /// <summary>SHA-256 of <see cref="Encode"/>.</summary>
    public ReadOnlyMemory<byte> Digest => digest ??= SHA256.HashData(Encode());

    /// <summary>Takes different lists in any order.</summary>
    public static CompactState Create(IEnumerable<CompactList> lists)
    {
        ArgumentNullException.ThrowIfNull(lists);
        CompactList[] sorted = [.. lists.OrderBy(list => list.Name, StringComparer.Ordinal)];
        if (sorted.Length > MaximumLists || sorted.DistinctBy(list => list.Name, StringComparer.Ordinal).Count() != sorted.Length)
        {
            throw new ArgumentException("A state has at most 16,384 lists, each once.", nameof(lists));
        }

        return new CompactState(sorted);
    }

    /// <summary>The list of that name.</summary>
    public CompactList? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The one encoding of the state: the body of a snapshot.</summary>
    public byte[] Encode()
    {
        var writer = new CborWriter().Array(lists.Length);
        foreach (var list in lists)
        {
            list.Write(writer);
        }

        return writer.ToArray();
    }

    /// <summary>Reads <see cref="Encode"/>. False at anything that it does not write.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> body, [NotNullWhen(true)] out CompactState? state)
    {
        state = null;
        var reader = new CborReader(body);
        if (body.Length > MaximumSize || !DeterministicCbor.IsValid(body, MaximumItems) || !reader.TryReadArray(out var count) || count > MaximumLists)
        {
            return false;
        }

        var lists = new CompactList[count];
        for (var i = 0; i < count; i++)
        {
            if (!CompactList.TryRead(ref reader, out var list) || (i > 0 && string.CompareOrdinal(lists[i - 1].Name, list.Name) >= 0))
            {
                return false;
            }

            lists[i] = list;
        }

        state = new CompactState(lists) { digest = SHA256.HashData(body) };
        return true;
    }

    /// <summary>What turns this state into the next: the body of a delta.</summary>
    /// <exception cref="ArgumentException">The next state would take a withdrawal back, or a list changed its size.</exception>
    public byte[] ChangesTo(CompactState next)
    {
        ArgumentNullException.ThrowIfNull(next);
        List<long> withdrawn = [], suspended = [], restored = [];
        long offset = 0;
        foreach (var after in next.lists)
        {
            var before = Find(after.Name);
            if (before is not null && before.Entries != after.Entries)
            {
                throw new ArgumentException($"{after.Name} changed its size.", nameof(next));
            }

            if (before is null || !before.SaysTheSameAs(after))
            {
                var (gone, wasSuspended) = (before?.Withdrawn() ?? [], before?.Suspended() ?? []);
                var (nowGone, nowSuspended) = (after.Withdrawn(), after.Suspended());
                if (Without(gone, nowGone).Any())
                {
                    throw new ArgumentException($"{after.Name} takes a withdrawal back.", nameof(next));
                }

                withdrawn.AddRange(Without(nowGone, gone).Select(index => offset + index));
                suspended.AddRange(Without(nowSuspended, wasSuspended).Select(index => offset + index));
                restored.AddRange(Without(Without(wasSuspended, nowSuspended), nowGone).Select(index => offset + index));
            }

            offset += after.Entries;
        }

        var removed = lists.Where(list => next.Find(list.Name) is null).ToList();
        var added = next.lists.Where(list => Find(list.Name) is null).ToList();
        var writer = new CborWriter().Array(8).Array(removed.Count);
        foreach (var list in removed)
        {
            writer.Text(list.Name);
        }

        writer.Array(added.Count);
        foreach (var list in added)
        {
            writer.Array(2).Text(list.Name).Integer(list.Entries);
        }

        foreach (var positions in new[] { withdrawn, suspended, restored })
        {
            writer.Integer(positions.Count).Bytes(RiceCode.Encode(positions.ToArray(), offset));
        }

        return writer.ToArray();
    }

    /// <summary>Applies changes. False at changes that are not in their one encoding or do not fit this state; among them any that take a withdrawal back.</summary>
    public bool TryApply(ReadOnlySpan<byte> changes, [NotNullWhen(true)] out CompactState? next)
    {
        next = null;
        var reader = new CborReader(changes);
        if (changes.Length > MaximumSize || !DeterministicCbor.IsValid(changes, MaximumItems) || !reader.TryReadArray(8)
            || !TryReadTable(ref reader, out var table))
        {
            return false;
        }

        var universe = table.Sum(list => (long)list.Entries);
        if (!TryReadPositions(ref reader, universe, out var withdrawn) || !TryReadPositions(ref reader, universe, out var suspended) || !TryReadPositions(ref reader, universe, out var restored))
        {
            return false;
        }

        var after = new CompactList[table.Count];
        long offset = 0;
        int atWithdrawn = 0, atSuspended = 0, atRestored = 0;
        for (var i = 0; i < after.Length; i++)
        {
            var list = table[i];
            var end = offset + list.Entries;
            var newlyWithdrawn = Take(withdrawn, ref atWithdrawn, offset, end);
            var newlySuspended = Take(suspended, ref atSuspended, offset, end);
            var newlyRestored = Take(restored, ref atRestored, offset, end);
            offset = end;
            if (newlyWithdrawn.Length + newlySuspended.Length + newlyRestored.Length == 0)
            {
                after[i] = list;
                continue;
            }

            if (!TryApply(list, newlyWithdrawn, newlySuspended, newlyRestored, out after[i]!))
            {
                return false;
            }
        }

        next = new CompactState(after);
        return true;
    }

    // Ascending, of ascending.
    private static IEnumerable<int> Without(IEnumerable<int> some, int[] others)
    {
        var at = 0;
        foreach (var index in some)
        {
            while (at < others.Length && others[at] < index)
            {
                at++;
            }

            if (at == others.Length || others[at] != index)
            {
                yield return index;
            }
        }
    }

    private static bool TryApply(CompactList list, int[] withdrawn, int[] suspended, int[] restored, [NotNullWhen(true)] out CompactList? next)
    {
        next = null;
        var gone = new SortedMerge(list.Withdrawn());
        var waiting = new SortedMerge(list.Suspended());

        // Withdrawn is for good; suspended is what was valid; restored is what was suspended and is not withdrawn by the same changes.
        if (!gone.TryAdd(withdrawn) || !waiting.TryRemove(restored) || restored.AsSpan().ContainsAny(withdrawn))
        {
            return false;
        }

        waiting.RemoveWherePresent(withdrawn);
        if (!waiting.TryAdd(suspended) || waiting.Meets(gone) || suspended.AsSpan().ContainsAny(restored))
        {
            return false;
        }

        next = CompactList.Create(list.Name, list.Entries, gone.Values, waiting.Values);
        return true;
    }

    private bool TryReadTable(ref CborReader reader, out List<CompactList> table)
    {
        table = [];
        if (!reader.TryReadArray(out var removedCount) || removedCount > lists.Length)
        {
            return false;
        }

        var removed = new HashSet<string>(StringComparer.Ordinal);
        var previous = string.Empty;
        for (var i = 0; i < removedCount; i++)
        {
            if (!reader.TryReadText(16, out var name) || string.CompareOrdinal(previous, name) >= 0 || !byName.ContainsKey(name))
            {
                return false;
            }

            removed.Add(name);
            previous = name;
        }

        table.AddRange(lists.Where(list => !removed.Contains(list.Name)));
        if (!reader.TryReadArray(out var addedCount) || addedCount > MaximumLists - table.Count)
        {
            return false;
        }

        previous = string.Empty;
        for (var i = 0; i < addedCount; i++)
        {
            if (!reader.TryReadArray(2) || !reader.TryReadText(16, out var name) || !Grammar.IsListName(name)
                || string.CompareOrdinal(previous, name) >= 0 || byName.ContainsKey(name)
                || !reader.TryReadInteger(1, CompactList.MaximumEntries, out var entries))
            {
                return false;
            }

            table.Add(CompactList.Create(name, (int)entries, [], []));
            previous = name;
        }

        table.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return true;
    }

    private static bool TryReadPositions(ref CborReader reader, long universe, out long[] positions)
    {
        positions = [];
        if (!reader.TryReadInteger(0, universe, out var count) || !reader.TryReadBytes(out var bits) || count > (long)bits.Length * 8)
        {
            return false;
        }

        positions = new long[count];
        var codes = new RiceReader(bits, universe, count);
        for (var i = 0; i < positions.Length; i++)
        {
            if (!codes.TryRead(out positions[i]))
            {
                return false;
            }
        }

        return codes.IsAtEnd;
    }

    private static int[] Take(long[] positions, ref int at, long offset, long end)
    {
        var from = at;
        while (at < positions.Length && positions[at] < end)
        {
            at++;
        }

        var taken = new int[at - from];
        for (var i = 0; i < taken.Length; i++)
        {
            taken[i] = (int)(positions[from + i] - offset);
        }

        return taken;
    }

    /// <summary>An ascending set that takes ascending sets in and out.</summary>
    private struct SortedMerge(int[] values)
    {
        public int[] Values { get; private set; } = values;

        /// <summary>False when one of them is in already.</summary>
        public bool TryAdd(int[] more)
        {
            if (more.Length == 0)
            {
                return true;
            }

            var merged = new int[Values.Length + more.Length];
            int a = 0, b = 0;
            for (var i = 0; i < merged.Length; i++)
            {
                if (b == more.Length || (a < Values.Length && Values[a] < more[b]))
                {
                    merged[i] = Values[a++];
                }
                else if (a < Values.Length && Values[a] == more[b])
                {
                    return false;
                }
                else
                {
                    merged[i] = more[b++];
                }
            }

            Values = merged;
            return true;
        }

        /// <summary>False when one of them is not there.</summary>
        public bool TryRemove(int[] fewer)
        {
            var before = Values.Length;
            RemoveWherePresent(fewer);
            return before - Values.Length == fewer.Length;
        }

        public void RemoveWherePresent(int[] fewer)
        {
            if (fewer.Length > 0)
            {
                Values = [.. Values.Where(value => Array.BinarySearch(fewer, value) < 0)];
            }
        }

        public readonly bool Meets(SortedMerge other)
        {
            var theirs = other.Values;
            return Values.Any(value => Array.BinarySearch(theirs, value) >= 0);
        }
    }
}
