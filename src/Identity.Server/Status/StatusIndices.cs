using System.Collections.Concurrent;
using Identity.Server.Storage;
using Identity.Server.Trust;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// Gives credentials their status indices. A holding's index on a day is computed, never stored; whoever has the keys gets the
/// holding back from it.
/// </summary>
internal sealed class StatusIndices(StatusBoard board, StatusLists lists, DenseNumbers numbers, DerivedSecrets secrets)
{
    private readonly ConcurrentDictionary<StatusBlock, IndexPermutation> _permutations = new();

    /// <summary>The index of a phone credential of this holding that ends on that day (UTC). Writes nothing while the day has room.</summary>
    public async Task<StatusReference> ForHoldingAsync(CredentialKind kind, long holdingNumber, DateOnly endsOn, CancellationToken cancellationToken)
    {
        var group = StatusNames.DayGroup(kind, endsOn);
        // A list that is open and not published yet is left by whoever opened it a moment ago: a code must not name it before it is there.
        return TryPlace(group, holdingNumber, out var reference) && board.Find(reference.List) is { Published: not null }
            ? reference
            : Place(await lists.OpenAsync(group, kind, endsOn, holdingNumber, cancellationToken), holdingNumber);
    }

    /// <summary>
    /// A new index for a printed credential that ends in that month. The index is spent, whether or not the credential is printed.
    /// Call it before opening a transaction (<see cref="DenseNumbers"/>).
    /// </summary>
    public async Task<StatusReference> ForPrintedAsync(CredentialKind kind, DateOnly endsOn, CancellationToken cancellationToken)
    {
        var group = StatusNames.MonthGroup(kind, endsOn);
        var number = await numbers.NextAsync("printed/" + group, cancellationToken);
        return TryPlace(group, number, out var reference)
            ? reference
            : Place(await lists.OpenAsync(group, kind, StatusNames.LastDayOfMonth(endsOn), number, cancellationToken), number);
    }

    /// <summary>Which holding a phone credential belongs to, from nothing but its status reference.</summary>
    public bool TryFindHolding(StatusReference reference, out CredentialKind kind, out long number)
    {
        (kind, number) = (default, 0);
        if (board.Find(reference.List) is not { } list || reference.Index is < 0 or >= StatusNames.ShardSize || list.Group[1] != 'd'
            || board.BlocksOf(list.Group).FirstOrDefault(block => block.HasShard(list.Shard)) is not { } block)
        {
            return false;
        }

        kind = block.Kind;
        number = block.First + PermutationOf(block).Invert((long)(list.Shard - block.FirstShard) * StatusNames.ShardSize + reference.Index);
        return true;
    }

    /// <summary>The index of a holding on a day, when that day has room for it. Where it has none, no credential was issued.</summary>
    public bool TryFindReference(CredentialKind kind, long holdingNumber, DateOnly day, out StatusReference? reference)
    {
        var found = TryPlace(StatusNames.DayGroup(kind, day), holdingNumber, out var value);
        reference = found ? value : null;
        return found;
    }

    /// <summary>Where a number stands in a block that the board need not know.</summary>
    public StatusReference ReferenceIn(StatusBlock block, long number) => Place(block, number);

    private bool TryPlace(string group, long number, out StatusReference reference)
    {
        var block = board.BlocksOf(group).FirstOrDefault(block => block.Holds(number));
        reference = block is null ? default : Place(block, number);
        return block is not null;
    }

    private StatusReference Place(StatusBlock block, long number)
    {
        var position = PermutationOf(block).Permute(number - block.First);
        return new StatusReference(
            StatusNames.NameOf(block.Group, block.FirstShard + (int)(position / StatusNames.ShardSize)), (int)(position % StatusNames.ShardSize));
    }

    // A key of its own for each block of each group: the same holding on two days cannot be linked.
    private IndexPermutation PermutationOf(StatusBlock block) => _permutations.GetOrAdd(
        block, _ => new IndexPermutation(secrets.Derive($"status-index/{block.Group}/{block.FirstShard}"), block.Capacity));
}
