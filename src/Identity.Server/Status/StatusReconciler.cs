using System.Data;
using System.Diagnostics.Metrics;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using OneCode;

namespace Identity.Server.Status;

/// <summary>How many lists had to be put right, by the copy that was wrong.</summary>
internal readonly record struct Repairs(int Memory, int Redis, int Published);

/// <summary>
/// Reads each list from the database and holds the three copies of it against that: the board of this process, Redis, and what is
/// published. None of them should ever differ; what does is put right, counted and logged.
/// </summary>
internal sealed partial class StatusReconciler(
    IServiceScopeFactory scopes, StatusBoard board, RedisProjection projection, StatusPublisher publisher, ILogger<StatusReconciler> logger, IMeterFactory meters)
{
    private const int Batch = 16;

    private readonly Counter<long> _compared = meters.Create("Identity.Server").CreateCounter<long>("identity.status.lists_compared");
    private readonly Counter<long> _repaired = meters.Create("Identity.Server").CreateCounter<long>(
        "identity.status.lists_repaired", description: "Copies of a list that were not what the database says, by copy; anything but redis after an outage of Redis is to be looked at");

    /// <summary>Call it while nothing else changes the board.</summary>
    public async Task<Repairs> CompareAsync(CancellationToken cancellationToken)
    {
        var memory = 0;
        var again = new List<BoardList>();
        foreach (var lists in board.Lists.ToArray().Chunk(Batch))
        {
            foreach (var (list, truth) in await ReadAsync(lists, cancellationToken))
            {
                _compared.Add(1);
                if (IsWrong(list, truth))
                {
                    memory++;
                    Repaired(list.Name, "memory");
                    list.Replace(truth.Entries.Where(entry => entry.Value != StatusValue.Valid), list.Sequence);
                }

                // Behind is the publisher's own business; only a list that claims to be there can be wrong.
                if (truth.Published is { } published && published.Sequence == truth.Sequence && truth.Waiting.Count == 0
                    && !StatusListJwt.ReadOwn(published.Jwt).Bytes.SequenceEqual(truth.Bits().Bytes))
                {
                    Repaired(list.Name, "published");
                    again.Add(list);
                }
            }
        }

        var redis = await projection.ReconcileAsync(bytesToo: true);
        await publisher.PublishAgainAsync([.. again], cancellationToken);
        Count("memory", memory);
        Count("redis", redis);
        Count("published", again.Count);
        return new Repairs(memory, redis, again.Count);
    }

    private void Count(string copy, int repaired)
    {
        if (repaired > 0)
        {
            _repaired.Add(repaired, new KeyValuePair<string, object?>("copy", copy));
        }
    }

    // What has committed and has no number yet may be on the board or not.
    private static bool IsWrong(BoardList list, Truth truth)
    {
        if (list.Sequence != truth.Sequence)
        {
            return false;
        }

        var bits = truth.Bits();
        var known = list.Bytes();
        for (var at = 0; (at += known[at..].CommonPrefixLength(bits.Bytes[at..])) < known.Length; at++)
        {
            for (var index = at * 4; index < (at * 4) + 4; index++)
            {
                if (list[index] != bits.Get(index) && !truth.Waiting.Contains(index))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>The lists as the database has them, as of one moment.</summary>
    private async Task<List<(BoardList List, Truth Truth)>> ReadAsync(BoardList[] lists, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var names = lists.Select(list => list.Name).ToList();
        await using var snapshot = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var sequences = await db.Set<StatusListRow>().Where(row => names.Contains(row.Name)).ToDictionaryAsync(row => row.Name, row => row.Sequence, cancellationToken);
        var entries = (await db.Set<StatusEntry>().Where(entry => names.Contains(entry.List))
            .Select(entry => new { entry.List, entry.Index, entry.Value }).ToListAsync(cancellationToken)).ToLookup(entry => entry.List);
        var waiting = (await db.Set<OutboxMessage>().Where(message => message.Sequence == null && names.Contains(message.Stream))
            .Select(message => new { message.Stream, message.Item }).ToListAsync(cancellationToken)).ToLookup(message => message.Stream);
        var published = await db.Set<PublishedList>().AsNoTracking().Where(row => names.Contains(row.List)).ToDictionaryAsync(row => row.List, cancellationToken);
        await snapshot.CommitAsync(cancellationToken);
        return
        [
            .. from list in lists
            where sequences.ContainsKey(list.Name)
            select (list, new Truth(
                sequences[list.Name], [.. entries[list.Name].Select(entry => (entry.Index, entry.Value))],
                [.. waiting[list.Name].Select(message => (int)message.Item)], published.GetValueOrDefault(list.Name))),
        ];
    }

    private sealed record Truth(long Sequence, IReadOnlyList<(int Index, StatusValue Value)> Entries, HashSet<int> Waiting, PublishedList? Published)
    {
        public StatusList Bits()
        {
            var bits = new StatusList(StatusNames.ShardSize, 2);
            foreach (var (index, value) in Entries)
            {
                bits.Set(index, value);
            }

            return bits;
        }
    }

    [LoggerMessage(3050, LogLevel.Error, "{List} was not what the database says: its copy in {Copy} has been put right")]
    private partial void Repaired(string list, string copy);
}
