using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Credentials;

/// <summary>
/// Carries bulk withdrawals on, a few codes a transaction, on whichever node comes to it. A batch and the cursor past it commit together;
/// two nodes at the same batch collide at the job's version and one of them has done nothing.
/// </summary>
internal sealed partial class BulkRunner(IServiceScopeFactory scopes, TimeProvider clock, ILogger<BulkRunner> log) : BackgroundService
{
    // Small enough that a holder's own withdrawal beside it does not wait.
    public const int Batch = 50;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    // Another node moved it a moment ago: leave it the job. A node that died is replaced after this long.
    private static readonly TimeSpan Alive = TimeSpan.FromSeconds(5);

    // Whatever was being issued when the job began has committed by then.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(5);

    private readonly HashSet<Guid> _mine = [];

    /// <summary>One batch of one job; false when there is nothing left to do for this node.</summary>
    public async Task<bool> StepAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var running = await db.Set<BulkWithdrawal>().Where(job => job.State == BulkState.Running).OrderBy(job => job.StartedAt).Take(20).ToListAsync(cancellationToken);
        _mine.IntersectWith(running.Select(job => job.Id));
        var now = clock.GetUtcNow();
        if (running.FirstOrDefault(job => _mine.Contains(job.Id) || job.Version == 0 || now - job.MovedAt > Alive) is not { } next)
        {
            return false;
        }

        try
        {
            _mine.Add(next.Id);
            return await MoveAsync(scope.ServiceProvider, db, next, cancellationToken);
        }
        catch (DbUpdateException)
        {
            // A holder changed one of them, or another node has the job: look again.
            _mine.Remove(next.Id);
        }

        return true;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                while (await StepAsync(stoppingToken))
                {
                }
            }
#pragma warning disable CA1031 // A background loop outlives every outage of its database; the job waits where it is.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                NotNow(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<bool> MoveAsync(IServiceProvider services, ServerDbContext db, BulkWithdrawal job, CancellationToken cancellationToken)
    {
        List<ICarried> batch = job.InPrinted
            ? [.. await WithdrawInBulk.PrintedOf(db, job).Where(p => p.Id > job.Cursor).OrderBy(p => p.Id).Take(Batch).ToListAsync(cancellationToken)]
            : [.. await WithdrawInBulk.HoldingsOf(db, job).Where(h => h.Id > job.Cursor).OrderBy(h => h.Id).Take(Batch).ToListAsync(cancellationToken)];
        var changes = services.GetRequiredService<ChangeState>();
        foreach (var carried in batch)
        {
            await changes.ApplyAsync(carried, StateChange.Revoke, job.Reason, job.Actor, byStaff: true, cancellationToken);
        }

        job.Withdrawn += batch.Count;
        job.MovedAt = clock.GetUtcNow();
        job.Version++;
        if (batch.Count > 0)
        {
            job.Cursor = batch[^1].Id;
        }
        else if (job.Cursor != Guid.Empty)
        {
            // Once more from the beginning: what was being written when the job began may have an id before the cursor.
            job.Cursor = Guid.Empty;
        }
        else if (!job.InPrinted)
        {
            job.InPrinted = true;
        }
        else if (job.MovedAt - job.StartedAt < Settled)
        {
            return false;
        }
        else
        {
            job.State = BulkState.Done;
            services.GetRequiredService<AuditTrail>().Record(CredentialEvents.BulkEnded, job.Actor, job.PersonId, new { job.Id, job.Withdrawn, stopped = false });
            Done(job.Id, job.Withdrawn);
        }

        await db.SaveChangesAsync(cancellationToken);
        return true;
    }

    [LoggerMessage(2006, LogLevel.Warning, "Bulk withdrawal {Id} is through: {Withdrawn} codes withdrawn")]
    private partial void Done(Guid id, int withdrawn);

    [LoggerMessage(2007, LogLevel.Warning, "Bulk withdrawals cannot go on right now; trying again")]
    private partial void NotNow(Exception exception);
}
