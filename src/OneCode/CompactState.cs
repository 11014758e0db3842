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
    /// <exception cref="ArgumentException">More than 16,384, or two of one name.</exception>
    public static CompactState Create(IEnumerable<CompactList> lists)
    {
        ArgumentNullException.ThrowIfNull(lists);
        CompactList[] sorted = [.. lists.OrderBy(list => list.Name, StringComparer.Ordinal)];
        return sorted.Length <= MaximumLists ? new CompactState(sorted) : throw new ArgumentException("A state has at most 16,384 lists.", nameof(lists));
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
        if (body.Length > MaximumSize)
        {
            return false;
        }

        var reader = CborReader.Of(body, MaximumItems);
        var count = reader.Array();
        reader.Require(count <= MaximumLists);
        var lists = new List<CompactList>();
        for (var i = 0; i < count && CompactList.Read(ref reader) is { } list; i++)
        {
            reader.Require(lists is not [.., var before] || string.CompareOrdinal(before.Name, list.Name) < 0);
            lists.Add(list);
        }

        state = reader.IsRight ? new CompactState([.. lists]) { digest = SHA256.HashData(body) } : null;
        return state is not null;
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
        if (changes.Length > MaximumSize)
        {
            return false;
        }

        var reader = CborReader.Of(changes, MaximumItems);
        reader.Array(8);
        var table = ReadTable(ref reader);
        var universe = table.Sum(list => (long)list.Entries);
        var withdrawn = ReadPositions(ref reader, universe);
        var suspended = ReadPositions(ref reader, universe);
        var restored = ReadPositions(ref reader, universe);
        if (!reader.IsRight)
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

    // Withdrawn is what was not withdrawn, suspended what was neither, restored what was suspended, and no index is in two of them (SPEC 13.2).
    private static bool TryApply(CompactList list, int[] withdrawn, int[] suspended, int[] restored, [NotNullWhen(true)] out CompactList? next)
    {
        int[] touched = [.. withdrawn, .. suspended, .. restored];
        if (touched.Distinct().Count() != touched.Length
            || withdrawn.Any(index => list.Get(index) == StatusValue.Invalid)
            || suspended.Any(index => list.Get(index) != StatusValue.Valid)
            || restored.Any(index => list.Get(index) != StatusValue.Suspended))
        {
            next = null;
            return false;
        }

        int[] gone = [.. list.Withdrawn(), .. withdrawn];
        int[] waiting = [.. list.Suspended().Except(touched), .. suspended];
        Array.Sort(gone);
        Array.Sort(waiting);
        next = CompactList.Create(list.Name, list.Entries, gone, waiting);
        return true;
    }

    // The lists of the state after: those that are not retired, and those that are opened.
    private List<CompactList> ReadTable(ref CborReader reader)
    {
        var kept = new Dictionary<string, CompactList>(byName, StringComparer.Ordinal);
        var previous = string.Empty;
        for (var left = reader.Array(); left > 0; left--)
        {
            var name = reader.Text(Grammar.IsListName);
            reader.Require(string.CompareOrdinal(previous, name) < 0 && kept.Remove(name));
            previous = name;
        }

        var table = kept.Values.ToList();
        previous = string.Empty;
        for (var left = reader.Array(); left > 0; left--)
        {
            reader.Array(2);
            var name = reader.Text(Grammar.IsListName);
            var entries = (int)reader.Integer(1, CompactList.MaximumEntries);
            reader.Require(string.CompareOrdinal(previous, name) < 0 && !byName.ContainsKey(name));
            previous = name;
            if (reader.IsRight)
            {
                table.Add(CompactList.Create(name, entries, [], []));
            }
        }

        reader.Require(table.Count <= MaximumLists);
        table.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return table;
    }

    private static long[] ReadPositions(ref CborReader reader, long universe)
    {
        var count = reader.Integer(0, universe);
        var bits = reader.Bytes();

        // A code has a bit at least: nothing is allocated for a count that cannot be.
        reader.Require(count <= (long)bits.Length * 8);
        var positions = new long[reader.IsRight ? count : 0];
        var codes = new RiceReader(bits, universe, count);
        for (var i = 0; i < positions.Length && reader.IsRight; i++)
        {
            reader.Require(codes.TryRead(out positions[i]));
        }

        reader.Require(codes.IsAtEnd);
        return positions;
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
}
