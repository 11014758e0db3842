using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>Removes counters that nobody needs any more, and sessions that ended half a year ago (网络安全法: logs for six months).</summary>
internal sealed partial class Sweep(IServiceScopeFactory scopes, TimeProvider clock, ILogger<Sweep> logger) : BackgroundService
{
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
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            var now = clock.GetUtcNow();
            var counted = (now - CountersFor).ToUnixTimeMilliseconds();
            await db.Set<AttemptCounter>().Where(c => c.LastAt < counted && c.OpenAt < counted).ExecuteDeleteAsync(stoppingToken);
            var expired = now - SessionsFor;
            await db.Set<Session>().Where(s => s.ExpiresAt < expired).ExecuteDeleteAsync(stoppingToken);
        }
#pragma warning disable CA1031 // A background loop outlives every outage of its database; the next hour tries again.
        catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
        {
            SweepFailed(exception);
        }
    }

    [LoggerMessage(5021, LogLevel.Warning, "Removing old counters and sessions failed; trying again in an hour")]
    private partial void SweepFailed(Exception exception);
}
