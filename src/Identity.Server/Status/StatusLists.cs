using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// Opens lists before anything can refer to them and retires them when nothing can any more. Every list that a live credential
/// may name exists and is published, also while nobody on it is withdrawn: a missing list would say "unknown", not "valid".
/// </summary>
internal sealed partial class StatusLists(
    IServiceScopeFactory scopes, StatusBoard board, StatusPublisher publisher, IOptions<StatusOptions> options, TimeProvider time, ILogger<StatusLists> logger)
{
    /// <summary>Phone credentials are issued for eight days at most, each of them ending within ten days of today.</summary>
    public const int DaysAhead = 9;

    /// <summary>The days (UTC) on which a phone credential that lives now can end.</summary>
    public static IEnumerable<DateOnly> LiveDays(DateTimeOffset now) =>
        Enumerable.Range(0, DaysAhead + 1).Select(DateOnly.FromDateTime(now.UtcDateTime).AddDays);

    /// <summary>Opens what will soon be needed and retires what is over. Idempotent; every node may run it.</summary>
    public async Task KeepAsync(CancellationToken cancellationToken)
    {
        await using (var scope = scopes.CreateAsyncScope())
        {
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            var rows = new List<StatusListRow>();
            foreach (var kind in Enum.GetValues<CredentialKind>())
            {
                // A quarter of room for those who enrol until that day.
                var needed = await DenseNumbers.UpperBoundAsync(db, StatusNames.HoldingNumbers(kind), cancellationToken) * 5 / 4;
                foreach (var day in LiveDays(time.GetUtcNow()))
                {
                    var group = StatusNames.DayGroup(kind, day);
                    if (board.BlocksOf(group).IsEmpty)
                    {
                        rows.AddRange(NextBlock(group, kind, day, [], needed));
                    }
                    else if (!board.BlocksOf(group).Any(block => block.Holds(needed)))
                    {
                        await OpenAsync(group, kind, day, needed, cancellationToken);
                    }
                }
            }

            // A first start opens thirty lists: together, or it would take thirty transactions.
            db.AddRange(rows);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                foreach (var row in rows)
                {
                    board.Add(row);
                }
            }
            catch (DbUpdateException)
            {
                // Another node opens them too. One by one each finds its own or the other's.
                foreach (var row in rows.DistinctBy(row => row.Group))
                {
                    await OpenAsync(row.Group, row.Kind, row.LastDay, row.BlockFirst, cancellationToken);
                }
            }
        }

        // What is merely old waits for the publisher's own round, so that a start does not.
        await publisher.PublishNewAsync(null, cancellationToken);
        await RetireAsync(cancellationToken);
    }

    /// <summary>The block that holds the number; opened, with the lists published, when there was none.</summary>
    public async Task<StatusBlock> OpenAsync(string group, CredentialKind kind, DateOnly lastDay, long number, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            var rows = await db.Set<StatusListRow>().AsNoTracking().Where(list => list.Group == group).ToListAsync(cancellationToken);
            foreach (var row in rows)
            {
                board.Add(row);
            }

            if (board.BlocksOf(group).FirstOrDefault(block => block.Holds(number)) is { } found)
            {
                await publisher.PublishNewAsync(group, cancellationToken);
                return found;
            }

            var block = NextBlock(group, kind, lastDay, rows, number).ToList();
            db.AddRange(block);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                ListsOpened(group, block.Count);
            }
            catch (DbUpdateException)
            {
                // Another node opened it at the same moment; read what it opened.
            }
        }
    }

    /// <summary>The next block of a group: as many shards as the number needs, and at least those that are configured.</summary>
    public IEnumerable<StatusListRow> NextBlock(string group, CredentialKind kind, DateOnly lastDay, IReadOnlyCollection<StatusListRow> before, long number)
    {
        var first = before.Count == 0 ? 0 : before.Max(row => row.BlockFirst + ((long)row.BlockShards * StatusNames.ShardSize));
        var firstShard = before.Count == 0 ? 0 : before.Max(row => row.Shard) + 1;
        var shards = Math.Max(group[1] == 'd' ? options.Value.DayShards : 1, (int)((number - first) / StatusNames.ShardSize) + 1);
        return Enumerable.Range(firstShard, shards).Select(shard => new StatusListRow
        {
            Name = StatusNames.NameOf(group, shard),
            Group = group,
            Kind = kind,
            LastDay = lastDay,
            Shard = shard,
            BlockFirst = first,
            BlockFirstShard = firstShard,
            BlockShards = shards,
            Sequence = 0,
            OpenedAt = time.GetUtcNow(),
        });
    }

    private async Task RetireAsync(CancellationToken cancellationToken)
    {
        // The day after the last credential ended, and an hour for clocks that are late.
        var over = DateOnly.FromDateTime((time.GetUtcNow() - TimeSpan.FromHours(25)).UtcDateTime);
        foreach (var list in board.Lists.Where(list => list.LastDay <= over).ToList())
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            await db.Set<PublishedList>().Where(row => row.List == list.Name).ExecuteDeleteAsync(cancellationToken);
            await db.Set<StatusEntry>().Where(row => row.List == list.Name).ExecuteDeleteAsync(cancellationToken);
            await db.Set<StatusListRow>().Where(row => row.Name == list.Name).ExecuteDeleteAsync(cancellationToken);
            board.Remove(list);
            ListRetired(list.Name);
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "Opened {Group} with {Shards} more lists")]
    private partial void ListsOpened(string group, int shards);

    [LoggerMessage(3002, LogLevel.Information, "Retired {List}: nothing that it is about lives any more")]
    private partial void ListRetired(string list);
}
