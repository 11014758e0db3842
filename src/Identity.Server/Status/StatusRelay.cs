using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// Carries committed changes on: puts them in order, brings the board up to date, projects it to Redis. Woken by the commit in this
/// process, by Redis for other nodes, and by the clock for both.
/// </summary>
internal sealed partial class StatusRelay(
    IServiceScopeFactory scopes, StatusBoard board, StatusLists lists, StatusPublisher publisher, StatusReconciler reconciler, RedisProjection projection, OutboxSignal signal,
    IOptions<StatusOptions> options, TimeProvider time, ILogger<StatusRelay> logger) : BackgroundService
{
    private const int Batch = 1000;

    private static readonly TimeSpan CheckHeadersEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CheckBytesEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan KeepListsEvery = TimeSpan.FromMinutes(10);

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Reads everything before the first request, so that no answer is given from an empty board.</summary>
    public async Task StartUpAsync(CancellationToken cancellationToken)
    {
        await ReadEpochAsync(cancellationToken);
        await TickAsync(cancellationToken);
        await lists.KeepAsync(cancellationToken);
        await TickAsync(cancellationToken);
        await projection.ListenAsync(signal.Ring);
    }

    /// <summary>One round. Everything committed before it began is on the board when it ends.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var began = time.GetUtcNow();
            while (await SequenceAsync(cancellationToken))
            {
            }

            await FollowAsync(cancellationToken);
            board.ConfirmedAt = began;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Every copy against the database, and repaired: every minute, and first right after the start.</summary>
    public async Task<Repairs> ReconcileAsync(CancellationToken cancellationToken)
    {
        await TickAsync(cancellationToken);
        // Nobody else writes the board meanwhile.
        await _turn.WaitAsync(cancellationToken);
        try
        {
            return await reconciler.CompareAsync(cancellationToken);
        }
        finally
        {
            _turn.Release();
        }
    }

    public override void Dispose()
    {
        _turn.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (nextHeaders, nextBytes, nextKeep) = (time.GetUtcNow(), time.GetUtcNow(), time.GetUtcNow() + KeepListsEvery);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await signal.WaitAsync(options.Value.PollEvery, stoppingToken);
                await TickAsync(stoppingToken);
                // Opened by a withdrawal, or by a node that died before it could publish them.
                await publisher.PublishNewAsync(null, stoppingToken);
                await projection.ProjectAsync();
                var now = time.GetUtcNow();
                if (now >= nextHeaders)
                {
                    var bytesToo = now >= nextBytes;
                    nextHeaders = now + CheckHeadersEvery;
                    nextBytes = bytesToo ? now + CheckBytesEvery : nextBytes;
                    if (bytesToo)
                    {
                        await ReconcileAsync(stoppingToken);
                    }
                    else
                    {
                        await projection.ReconcileAsync(bytesToo: false);
                    }
                }

                if (now >= nextKeep)
                {
                    nextKeep = now + KeepListsEvery;
                    await lists.KeepAsync(stoppingToken);
                    await ForgetAsync(now, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A background loop outlives every outage of its database; the board says how old it is meanwhile.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                RelayFailed(exception);
                await Task.Delay(options.Value.PollEvery, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Numbers what has committed and waits; true when there may be more.</summary>
    private async Task<bool> SequenceAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var waiting = await db.Set<OutboxMessage>().Where(message => message.Sequence == null).OrderBy(message => message.Id).Take(Batch).ToListAsync(cancellationToken);
        if (waiting.Count == 0)
        {
            return false;
        }

        var names = waiting.Select(message => message.Stream).Distinct().ToList();
        var rows = await db.Set<StatusListRow>().Where(row => names.Contains(row.Name)).ToDictionaryAsync(row => row.Name, cancellationToken);
        foreach (var message in waiting)
        {
            // A list that was retired meanwhile: the message is done, and about nothing.
            message.Sequence = rows.TryGetValue(message.Stream, out var row) ? ++row.Sequence : 0;
        }

        try
        {
            await db.SaveChangesAsync(cancellationToken);
            await projection.TellAsync();
        }
        catch (DbUpdateConcurrencyException)
        {
            // Another node numbered some of them. Nothing of ours was written: look again.
        }

        return true;
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        // Before the rows are read: what another thread opens meanwhile is missing among them and not gone.
        var before = board.Lists.ToList();
        var rows = await db.Set<StatusListRow>().AsNoTracking().ToListAsync(cancellationToken);
        foreach (var row in rows)
        {
            var list = board.Find(row.Name) ?? board.Add(row);
            if (list.Sequence < row.Sequence)
            {
                await CatchUpAsync(db, list, row.Sequence, cancellationToken);
            }
        }

        var names = rows.Select(row => row.Name).ToHashSet();
        foreach (var gone in before.Where(list => !names.Contains(list.Name)))
        {
            board.Remove(gone);
        }

        var published = await db.Set<PublishedList>().Select(row => new { row.List, row.Version }).ToListAsync(cancellationToken);
        foreach (var version in published)
        {
            if (board.Find(version.List) is { } list && (list.Published is null || list.Published.Version < version.Version)
                && await db.Set<PublishedList>().AsNoTracking().SingleOrDefaultAsync(row => row.List == version.List, cancellationToken) is { } token)
            {
                list.Published = StatusPublisher.TokenOf(token);
            }
        }
    }

    private static async Task CatchUpAsync(ServerDbContext db, BoardList list, long sequence, CancellationToken cancellationToken)
    {
        var entries = db.Set<StatusEntry>().AsNoTracking().Where(entry => entry.List == list.Name);
        if (list.Sequence >= 0)
        {
            var items = await db.Set<OutboxMessage>().Where(message => message.Stream == list.Name && message.Sequence > list.Sequence && message.Sequence <= sequence)
                .Select(message => message.Item).ToListAsync(cancellationToken);
            if (items.Count == sequence - list.Sequence)
            {
                // The values are read now, not taken from the messages: they are at least as new as the last of these changes.
                foreach (var chunk in items.Distinct().Select(item => (int)item).Chunk(500))
                {
                    var changed = await entries.Where(entry => chunk.Contains(entry.Index)).Select(entry => new { entry.Index, entry.Value }).ToListAsync(cancellationToken);
                    list.Apply(changed.Select(entry => (entry.Index, entry.Value)), list.Sequence);
                }

                list.Apply([], sequence);
                return;
            }
        }

        var all = await entries.Where(entry => entry.Value != StatusValue.Valid).Select(entry => new { entry.Index, entry.Value }).ToListAsync(cancellationToken);
        list.Replace(all.Select(entry => (entry.Index, entry.Value)), sequence);
    }

    private async Task ReadEpochAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var epoch = await db.Set<StatusEpoch>().SingleOrDefaultAsync(cancellationToken);
        if (epoch is null)
        {
            epoch = new StatusEpoch { Value = Guid.CreateVersion7(time.GetUtcNow()) };
            db.Add(epoch);
            try
            {
                await db.SaveChangesAsync(cancellationToken);
            }
            catch (DbUpdateException)
            {
                // Another node named it.
                db.ChangeTracker.Clear();
                epoch = await db.Set<StatusEpoch>().SingleAsync(cancellationToken);
            }
        }

        board.Epoch = epoch.Value;
    }

    private async Task ForgetAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var dayAgo = now - TimeSpan.FromDays(1);
        await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<OutboxMessage>()
            .Where(message => message.Sequence != null && message.At < dayAgo).ExecuteDeleteAsync(cancellationToken);
    }

    [LoggerMessage(3030, LogLevel.Error, "Carrying status changes on failed; trying again")]
    private partial void RelayFailed(Exception exception);
}
