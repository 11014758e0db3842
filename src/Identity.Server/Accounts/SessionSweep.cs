namespace Identity.Server.Accounts;

/// <summary>Every minute: sessions that have run out end (<see cref="EndExpiredSessions"/>).</summary>
internal sealed partial class SessionSweep(IServiceScopeFactory scopes, TimeProvider clock, ILogger<SessionSweep> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
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
            bool more;
            do
            {
                await using var scope = scopes.CreateAsyncScope();
                more = await scope.ServiceProvider.GetRequiredService<EndExpiredSessions>().HandleAsync(stoppingToken);
            }
            while (more);
        }
#pragma warning disable CA1031 // A background loop outlives every outage of its database; the next minute tries again.
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
        {
            SweepFailed(exception);
        }
    }

    [LoggerMessage(5022, LogLevel.Warning, "Ending sessions that have run out failed; trying again in a minute")]
    private partial void SweepFailed(Exception exception);
}
