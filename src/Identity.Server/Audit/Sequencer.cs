using System.Diagnostics.Metrics;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Audit;

/// <summary>
/// Orders committed entries into the log, afterwards and alone. Any number of nodes may run it: two that want the same place
/// collide on its primary key and the loser starts again from what the winner wrote.
/// </summary>
internal sealed partial class Sequencer(
    IServiceScopeFactory scopes, ICheckpointSigner signer, IOptions<AuditOptions> options, TimeProvider time, ILogger<Sequencer> logger, IMeterFactory meters)
    : BackgroundService
{
    private const int Batch = 500;

    private readonly Gauge<long> _late = meters.Create("Identity.Server").CreateGauge<long>(
        "identity.audit.entries_without_place", description: "Audit entries older than a minute that have no place in the log");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var nextCheckpoint = time.GetUtcNow() + options.Value.CheckpointEvery;
        using var timer = new PeriodicTimer(options.Value.SequenceEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    while (await SequenceAsync(stoppingToken) == Batch)
                    {
                    }

                    if (time.GetUtcNow() >= nextCheckpoint)
                    {
                        nextCheckpoint = time.GetUtcNow() + options.Value.CheckpointEvery;
                        await WatchAsync(stoppingToken);
                        await CheckpointAsync(stoppingToken);
                    }
                }
#pragma warning disable CA1031 // A background loop outlives every outage of its database; the next tick tries again.
                catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    SequencingFailed(exception);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    /// <summary>Gives places to what has none; returns how many.</summary>
    public async Task<int> SequenceAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        // Claimed by what they lack and not by "later than the last one": a slow transaction commits behind faster, later ones.
        var waiting = await db.Set<AuditEntry>().Where(entry => entry.Place == null)
            .OrderBy(entry => entry.At).ThenBy(entry => entry.Id).Take(Batch).ToListAsync(cancellationToken);
        if (waiting.Count == 0)
        {
            return 0;
        }

        var last = await db.Set<LogEntry>().AsNoTracking().OrderByDescending(entry => entry.Place).FirstOrDefaultAsync(cancellationToken);
        var (place, head) = (last?.Place ?? 0, last?.Head ?? AuditDigest.Start);
        foreach (var entry in waiting)
        {
            entry.Place = ++place;
            head = AuditDigest.Chain(head, place, entry.Digest);
            db.Add(new LogEntry { Place = place, EntryId = entry.Id, Digest = entry.Digest, Head = head });
        }

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException)
        {
            // Another node was faster. Nothing of ours was written.
            return 0;
        }

        return waiting.Count;
    }

    /// <summary>Signs the head, when it has moved since the last checkpoint.</summary>
    public async Task CheckpointAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var last = await db.Set<LogEntry>().AsNoTracking().OrderByDescending(entry => entry.Place).FirstOrDefaultAsync(cancellationToken);
        if (last is null || await db.Set<Checkpoint>().AnyAsync(checkpoint => checkpoint.Size >= last.Place, cancellationToken))
        {
            return;
        }

        var at = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        if (await signer.TrySignAsync(Checkpoint.TextOf(last.Place, last.Head, at), cancellationToken) is not { } signed)
        {
            CheckpointWaits(last.Place);
            return;
        }

        db.Add(new Checkpoint { Size = last.Place, Head = last.Head, At = at, KeyId = signed.KeyId, Signature = signed.Signature });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            Checkpointed(last.Place, Convert.ToBase64String(last.Head), at.ToUnixTimeSeconds(), Convert.ToBase64String(signed.Signature));
        }
        catch (DbUpdateException)
        {
            // Another node signed the same size.
        }
    }

    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var minuteAgo = time.GetUtcNow() - TimeSpan.FromMinutes(1);
        var late = await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<AuditEntry>()
            .CountAsync(entry => entry.Place == null && entry.At < minuteAgo, cancellationToken);
        _late.Record(late);
        if (late > 0)
        {
            EntriesWithoutPlace(late);
        }
    }

    [LoggerMessage(8001, LogLevel.Critical, "{Count} audit entries have had no place in the log for more than a minute")]
    private partial void EntriesWithoutPlace(int count);

    [LoggerMessage(8002, LogLevel.Error, "Ordering the audit log failed; trying again")]
    private partial void SequencingFailed(Exception exception);

    [LoggerMessage(8003, LogLevel.Warning, "The audit log's key is not usable: no checkpoint at {Size}")]
    private partial void CheckpointWaits(long size);

    // Kept by whoever keeps the logs, out of reach of whoever can change the database.
    [LoggerMessage(8004, LogLevel.Information, "Audit checkpoint {Size} {Head} {At} {Signature}")]
    private partial void Checkpointed(long size, string head, long at, string signature);
}
