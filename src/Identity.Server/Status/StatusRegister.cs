using System.Data.Common;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// Withdraws, suspends and resumes, in the caller's transaction; and answers what an index is worth right now. Never saves: the
/// caller's save commits the state, the audit entry, the status and the message about it together.
/// </summary>
internal sealed class StatusRegister(
    ServerDbContext db, Outbox outbox, StatusBoard board, StatusIndices indices, StatusLists lists, RedisProjection redis, IOptions<StatusOptions> options, TimeProvider time)
{
    // As promised: a withdrawal shows within two seconds. A board that has not been confirmed since asks elsewhere.
    private static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Sets every phone credential of a holding that can be alive: its index on each live day. A day that has no room for the holding
    /// yet gets it in this very transaction. Whoever opens that room at the same moment to sign a credential collides with us, so a
    /// credential whose bit was not set cannot come into being, in whichever order the two commit.
    /// </summary>
    public async Task SetHoldingAsync(CredentialKind kind, long holdingNumber, StatusValue value, CancellationToken cancellationToken)
    {
        var references = new List<StatusReference>();
        var unknown = new List<DateOnly>();
        foreach (var day in StatusLists.LiveDays(time.GetUtcNow()))
        {
            if (indices.TryFindReference(kind, holdingNumber, day, out var reference))
            {
                references.Add(reference!.Value);
            }
            else
            {
                unknown.Add(day);
            }
        }

        if (unknown.Count > 0)
        {
            references.AddRange(await FindOrOpenAsync(kind, holdingNumber, unknown, value, cancellationToken));
        }

        await SetAsync(references, value, cancellationToken);
    }

    /// <summary>Sets one printed credential.</summary>
    public Task SetPrintedAsync(StatusReference reference, StatusValue value, CancellationToken cancellationToken) => SetAsync([reference], value, cancellationToken);

    /// <summary>
    /// What is known now. From this process when it has heard from the database within two seconds; else from Redis, if Redis is at
    /// least as new; else from the database itself; else what was known last, with its age. Unknown is never valid.
    /// </summary>
    public async ValueTask<StatusAnswer> ReadAsync(StatusReference reference, CancellationToken cancellationToken = default)
    {
        var now = time.GetUtcNow();
        if (reference.Index is < 0 or >= StatusNames.ShardSize)
        {
            return StatusAnswer.NotCovered;
        }

        var list = board.Find(reference.List);
        var confirmedAt = board.ConfirmedAt;
        if (list is not null && now - confirmedAt <= FreshFor)
        {
            return Known(list[reference.Index], confirmedAt);
        }

        if (list is not null && await redis.ReadAsync(list, reference.Index) is { } projected)
        {
            // The worse of the two counts. "Withdrawn" is true whenever it is said; "valid" only as of when we last heard from the
            // database: Redis may be behind by what has committed since, and nobody has told it.
            var worse = list[reference.Index] is StatusValue.Valid ? projected : list[reference.Index];
            return Known(worse, worse is StatusValue.Valid ? confirmedAt : now);
        }

        try
        {
            if (!await db.Set<StatusListRow>().AnyAsync(row => row.Name == reference.List, cancellationToken))
            {
                return StatusAnswer.Unknown;
            }

            var entry = await db.Set<StatusEntry>().AsNoTracking()
                .SingleOrDefaultAsync(entry => entry.List == reference.List && entry.Index == reference.Index, cancellationToken);
            return Known(entry?.Value ?? StatusValue.Valid, now);
        }
        catch (Exception exception) when (exception is DbException or TimeoutException or InvalidOperationException { InnerException: DbException or TimeoutException })
        {
            // The database is away: verifying goes on with what was known last, and says as of when.
            return list is null ? StatusAnswer.Unknown : Known(list[reference.Index], confirmedAt);
        }
    }

    // The board may be half a second behind another node; the database is not.
    private async Task<List<StatusReference>> FindOrOpenAsync(
        CredentialKind kind, long holdingNumber, IReadOnlyCollection<DateOnly> days, StatusValue value, CancellationToken cancellationToken)
    {
        var groups = days.ToDictionary(day => StatusNames.DayGroup(kind, day));
        var names = groups.Keys.ToList();
        var stored = await db.Set<StatusListRow>().AsNoTracking().Where(row => names.Contains(row.Group)).ToListAsync(cancellationToken);
        // And what this transaction has opened before, for another holding.
        var rows = stored.Concat(db.Set<StatusListRow>().Local.Where(row => groups.ContainsKey(row.Group))).ToLookup(row => row.Group);
        var references = new List<StatusReference>();
        foreach (var (group, day) in groups)
        {
            var block = rows[group].Select(StatusBlock.Of).FirstOrDefault(block => block.Holds(holdingNumber));
            if (block is null)
            {
                if (value == StatusValue.Valid)
                {
                    // Nothing was issued for that day, and nothing was ever set on it.
                    continue;
                }

                var opened = lists.NextBlock(group, kind, day, [.. rows[group]], holdingNumber).ToList();
                db.AddRange(opened);
                block = StatusBlock.Of(opened[0]);
            }

            references.Add(indices.ReferenceIn(block, holdingNumber));
        }

        return references;
    }

    private StatusAnswer Known(StatusValue value, DateTimeOffset asOf) => StatusAnswer.Known(value, asOf, asOf + options.Value.ListLife);

    private async Task SetAsync(IReadOnlyCollection<StatusReference> references, StatusValue value, CancellationToken cancellationToken)
    {
        var lists = references.Select(reference => reference.List).ToList();
        var numbers = references.Select(reference => reference.Index).ToList();
        await db.Set<StatusEntry>().Where(entry => lists.Contains(entry.List) && numbers.Contains(entry.Index)).LoadAsync(cancellationToken);
        var now = time.GetUtcNow();
        foreach (var reference in references)
        {
            // Among what is tracked: also what the caller has set before in this transaction.
            var entry = db.Set<StatusEntry>().Local.FindEntryUntyped([reference.List, reference.Index])?.Entity;
            if (entry is null && value == StatusValue.Valid)
            {
                continue;
            }

            if (entry is null)
            {
                entry = new StatusEntry { List = reference.List, Index = reference.Index, Value = value, Version = 1, ChangedAt = now };
                db.Add(entry);
            }
            else if (entry.Value == value || entry.Value == StatusValue.Invalid)
            {
                // Withdrawn is for good: whoever resumes a withdrawn code has not understood, and gets a withdrawn code.
                continue;
            }
            else
            {
                (entry.Value, entry.ChangedAt) = (value, now);
                entry.Version++;
            }

            outbox.Add(reference.List, reference.Index);
        }
    }
}
