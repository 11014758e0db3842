using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>Removes counters that nobody needs any more, and sessions that ended half a year ago (网络安全法: logs for six months).</summary>
internal sealed partial class Sweep(IServiceScopeFactory scopes, Leases leases, TimeProvider clock, ILogger<Sweep> logger) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan CountersFor = TimeSpan.FromDays(2);
    private static readonly TimeSpan SessionsFor = TimeSpan.FromDays(183);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromHours(1), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await SweepAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        try
        {
            // One node is enough; the lease is as long as the pause between two sweeps, so the next one may be another's.
            if (!await leases.TryTakeAsync("accounts-sweep", TimeSpan.FromMinutes(59), stoppingToken))
            {
                return;
            }

            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            var now = clock.GetUtcNow();
            var counted = (now - CountersFor).ToUnixTimeMilliseconds();
            await db.Set<AttemptCounter>().Where(c => c.LastAt < counted && c.OpenAt < counted).ExecuteDeleteAsync(stoppingToken);
            await RemoveSessionsAsync(db, now - SessionsFor, stoppingToken);
        }
#pragma warning disable CA1031 // A background loop outlives every outage of its database; the next hour tries again.
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            SweepFailed(exception);
        }
    }

    /// <summary>In small batches, oldest first: ids begin with the time, so the primary key is their order and nothing else is read.</summary>
    private async Task RemoveSessionsAsync(ServerDbContext db, DateTimeOffset before, CancellationToken stoppingToken)
    {
        var firstKept = Guid.CreateVersion7(before);
        while (true)
        {
            var ids = await db.Set<Session>().Where(s => s.Id.CompareTo(firstKept) < 0 && s.ExpiresAt < before)
                .OrderBy(s => s.Id).Select(s => s.Id).Take(Batch).ToListAsync(stoppingToken);
            await db.Set<Session>().Where(s => ids.Contains(s.Id)).ExecuteDeleteAsync(stoppingToken);
            if (ids.Count < Batch)
            {
                return;
            }

            await Task.Delay(Pause, clock, stoppingToken);
        }
    }

    [LoggerMessage(5021, LogLevel.Warning, "Removing old counters and sessions failed; trying again in an hour")]
    private partial void SweepFailed(Exception exception);
}
