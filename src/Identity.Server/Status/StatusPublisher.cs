using System.Data;
using System.Diagnostics.Metrics;
using Identity.Server.Storage;
using Identity.Server.Trust;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// Signs the lists. Each is made whole from the database, never from Redis or from memory; compared with the one before; verified
/// with what verifiers have; and only then put in its place, where two publishers collide. Any doubt leaves the old list where it is.
/// </summary>
internal sealed partial class StatusPublisher(
    IServiceScopeFactory scopes, StatusBoard board, KeyRing keys, TrustListSource trust, Leadership leadership, ClockWatch clock,
    IOptions<StatusOptions> options, TimeProvider time, ILogger<StatusPublisher> logger, IMeterFactory meters) : BackgroundService
{
    private const int Batch = 16;

    private readonly SemaphoreSlim _turn = new(1);
    private readonly Counter<long> _published = meters.Create("Identity.Server").CreateCounter<long>("identity.status.lists_published");
    private readonly Counter<long> _refused = meters.Create("Identity.Server").CreateCounter<long>(
        "identity.status.lists_refused", description: "Lists that would have taken back a withdrawal, or could not be verified; look at once");
    private readonly Gauge<double> _oldest = meters.Create("Identity.Server").CreateGauge<double>(
        "identity.status.oldest_list_seconds", "s", "Age of the oldest published list; above 20 minutes verifiers begin to notice");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PublishWithin / 4, time);
        do
        {
            try
            {
                // A node that cannot sign lets the lease run out: another one can.
                if (await ClockIsRightAsync(stoppingToken) && keys.ProblemOf(KeyPurpose.StatusList) is null && await leadership.LeadsAsync(stoppingToken))
                {
                    await PublishDueAsync(stoppingToken);
                }
            }
#pragma warning disable CA1031 // A background loop outlives every outage; the lists published stay good until their exp.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                PublishingFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await leadership.GiveBackAsync(cancellationToken);
        }
        catch (Exception away) when (away is System.Data.Common.DbException or InvalidOperationException or OperationCanceledException)
        {
            // It runs out by itself.
        }
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    /// <summary>Publishes what has changed and what is getting old.</summary>
    public Task PublishDueAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var oldest = board.Lists.Select(list => list.Published?.Version).Min();
        _oldest.Record(oldest is { } version ? now.ToUnixTimeSeconds() - version : 0);
        // A little before ttl, so that whoever looks at ttl finds the next.
        var old = (now - options.Value.Ttl * 0.9).ToUnixTimeSeconds();
        return PublishAsync([.. board.Lists.Where(list => list.Published is not { } token || token.Sequence < list.Sequence || token.Version < old)], cancellationToken);
    }

    /// <summary>Publishes these now: what was published is not what the database says.</summary>
    public Task PublishAgainAsync(BoardList[] lists, CancellationToken cancellationToken) => PublishAsync(lists, cancellationToken);

    /// <summary>Publishes the lists (of a group) that never were: at once, before a credential can name them.</summary>
    public Task PublishNewAsync(string? group, CancellationToken cancellationToken) =>
        PublishAsync([.. board.Lists.Where(list => (group is null || list.Group == group) && list.Published is null)], cancellationToken);

    private async Task PublishAsync(BoardList[] lists, CancellationToken cancellationToken)
    {
        if (lists.Length == 0 || !clock.Look())
        {
            return;
        }

        if (keys.ProblemOf(KeyPurpose.StatusList) is { } problem)
        {
            KeyUnusable(problem);
            return;
        }

        await _turn.WaitAsync(cancellationToken);
        try
        {
            foreach (var batch in lists.Chunk(Batch))
            {
                if (!await TryPublishAsync(batch, cancellationToken))
                {
                    // One of them was published by another node in between; the others still want to be.
                    foreach (var list in batch)
                    {
                        await TryPublishAsync([list], cancellationToken);
                    }
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Asked of the database where that is another machine: two clocks that agree are a clock.</summary>
    private async Task<bool> ClockIsRightAsync(CancellationToken cancellationToken)
    {
        var newest = board.Lists.Select(list => list.Published?.Version).Max();
        DateTimeOffset? published = newest is { } version ? DateTimeOffset.FromUnixTimeSeconds(version) : null;
        await using var scope = scopes.CreateAsyncScope();
        return scope.ServiceProvider.GetRequiredService<ServerDbContext>() is PostgresServerDbContext db
            ? clock.Look(await db.Database.SqlQuery<DateTimeOffset>($"SELECT clock_timestamp() AS \"Value\"").SingleAsync(cancellationToken), published)
            : clock.Look(published: published);
    }

    private async Task<bool> TryPublishAsync(BoardList[] lists, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var read = await ReadAsync(db, lists, cancellationToken);
        var signer = await keys.SignerAsync(KeyPurpose.StatusList, cancellationToken);
        var now = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var made = new List<(BoardList List, PublishedList Row)>();
        foreach (var (list, source) in read)
        {
            if (source.Previous is { } previous && previous.Version >= now.ToUnixTimeSeconds())
            {
                Take(list, previous);
                if (previous.Version > now.ToUnixTimeSeconds() + 60)
                {
                    // Sunlight's rule: time that does not progress is a fault to look at, not one to sign over.
                    TimeDidNotProgress(list.Name, previous.Version);
                }

                continue;
            }

            if (await MakeAsync(list, source, signer, now, cancellationToken) is { } row)
            {
                made.Add((list, row));
            }
        }

        foreach (var (list, row) in made)
        {
            if (read[list].Previous is { } previous)
            {
                (previous.Version, previous.Sequence, previous.ExpiresAt, previous.Cwt, previous.Jwt) = (row.Version, row.Sequence, row.ExpiresAt, row.Cwt, row.Jwt);
            }
            else
            {
                db.Add(row);
            }
        }

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException)
        {
            if (lists is [var only])
            {
                // Another node's stands. Whoever waits for the list to be there has it now.
                db.ChangeTracker.Clear();
                Take(only, await db.Set<PublishedList>().AsNoTracking().SingleOrDefaultAsync(row => row.List == only.Name, cancellationToken));
                return true;
            }

            return false;
        }

        foreach (var (list, row) in made)
        {
            Take(list, row);
            _published.Add(1);
        }

        return true;
    }

    private static void Take(BoardList list, PublishedList? row)
    {
        if (row is not null && (list.Published is null || list.Published.Version < row.Version))
        {
            list.Published = TokenOf(row);
        }
    }

    public static PublishedToken TokenOf(PublishedList row) => new(row.Version, row.Sequence, row.ExpiresAt, row.Cwt, row.Jwt);

    /// <summary>Everything about the lists, as of one moment.</summary>
    private static async Task<Dictionary<BoardList, Source>> ReadAsync(ServerDbContext db, BoardList[] lists, CancellationToken cancellationToken)
    {
        var names = lists.Select(list => list.Name).ToList();
        await using var snapshot = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var sequences = await db.Set<StatusListRow>().Where(row => names.Contains(row.Name)).ToDictionaryAsync(row => row.Name, row => row.Sequence, cancellationToken);
        var entries = (await db.Set<StatusEntry>().AsNoTracking().Where(entry => names.Contains(entry.List)).ToListAsync(cancellationToken)).ToLookup(entry => entry.List);
        var counts = await db.Set<StatusEntry>().Where(entry => names.Contains(entry.List)).GroupBy(entry => entry.List)
            .Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(group => group.Key, group => group.Count, cancellationToken);
        var previous = await db.Set<PublishedList>().Where(row => names.Contains(row.List)).ToDictionaryAsync(row => row.List, cancellationToken);
        await snapshot.CommitAsync(cancellationToken);
        return lists.Where(list => sequences.ContainsKey(list.Name)).ToDictionary(
            list => list,
            list => new Source(sequences[list.Name], [.. entries[list.Name]], counts.GetValueOrDefault(list.Name), previous.GetValueOrDefault(list.Name)));
    }

    private async Task<PublishedList?> MakeAsync(BoardList list, Source source, ISigner signer, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var bits = new StatusList(StatusNames.ShardSize, 2);
        foreach (var entry in source.Entries)
        {
            bits.Set(entry.Index, entry.Value);
        }

        if (source.Entries.Count != source.Count || FirstTakenBack(source, bits) is not null)
        {
            _refused.Add(1);
            WithdrawalTakenBack(list.Name, FirstTakenBack(source, bits) ?? -1);
            return null;
        }

        var content = new StatusListContent
        {
            Uri = trust.StatusUriTemplate.Replace(TrustedKey.ListPlaceholder, list.Name, StringComparison.Ordinal),
            IssuedAt = now,
            TimeToLive = options.Value.Ttl,
            ExpiresAt = now + options.Value.ListLife,
            AggregationUri = trust.StatusAggregationUri,
            List = bits,
        };
        var cwt = await StatusListToken.Prepare(content, signer.KeyId, signer.Algorithm).CompleteAsync(signer, cancellationToken);
        // As a verifier would: the wrong key, a damaged one or a trust list without it must show here and not at the gate.
        if (!StatusListToken.TryVerify(cwt, trust.Current.List, null, out var seen, out var rejection) || !seen.Content.List.Bytes.SequenceEqual(bits.Bytes))
        {
            _refused.Add(1);
            OwnListRefused(list.Name, rejection);
            return null;
        }

        return new PublishedList
        {
            List = list.Name,
            Version = now.ToUnixTimeSeconds(),
            Sequence = source.Sequence,
            ExpiresAt = content.ExpiresAt,
            Cwt = cwt,
            Jwt = await StatusListJwt.SignAsync(content, signer, cancellationToken),
        };
    }

    /// <summary>The first index whose withdrawal would vanish. Withdrawn is for good; suspended ends only by an entry that says so.</summary>
    private static int? FirstTakenBack(Source source, StatusList next)
    {
        if (source.Previous is not { } published)
        {
            return null;
        }

        var before = StatusListJwt.ReadOwn(published.Jwt);
        HashSet<int>? resumed = null;
        for (var at = 0; (at += before.Bytes[at..].CommonPrefixLength(next.Bytes[at..])) < before.Bytes.Length; at++)
        {
            for (var index = at * 4; index < (at * 4) + 4; index++)
            {
                var (was, will) = (before.Get(index), next.Get(index));
                if ((was == StatusValue.Invalid && will != StatusValue.Invalid)
                    || (was == StatusValue.Suspended && will == StatusValue.Valid
                        && !(resumed ??= [.. source.Entries.Where(entry => entry.Value == StatusValue.Valid).Select(entry => entry.Index)]).Contains(index)))
                {
                    return index;
                }
            }
        }

        return null;
    }

    private sealed record Source(long Sequence, IReadOnlyList<StatusEntry> Entries, int Count, PublishedList? Previous);

    [LoggerMessage(3010, LogLevel.Error, "Publishing status lists failed; trying again")]
    private partial void PublishingFailed(Exception exception);

    [LoggerMessage(3011, LogLevel.Critical, "No status list can be signed: {Problem} The lists published stay in force until they expire")]
    private partial void KeyUnusable(string problem);

    [LoggerMessage(3012, LogLevel.Critical, "{List} would take back the withdrawal at {Index}: not published. Was an older database restored?")]
    private partial void WithdrawalTakenBack(string list, int index);

    [LoggerMessage(3013, LogLevel.Critical, "{List} is refused by our own trust list ({Reason}): not published")]
    private partial void OwnListRefused(string list, StatusListRejection? reason);

    [LoggerMessage(3014, LogLevel.Critical, "{List} was published at {Version}, which is in the future: the clock went back. Not published")]
    private partial void TimeDidNotProgress(string list, long version);
}
