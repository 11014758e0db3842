namespace Identity.Server.Trust;

/// <summary>Looks at the trust list every minute: a new file, or Development's own at half its life.</summary>
internal sealed partial class TrustKeeper(TrustListSource trust, TimeProvider time, ILogger<TrustKeeper> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await trust.RefreshAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A background loop outlives an unreadable file; the list held stays in force until its exp.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                RefreshFailed(exception);
            }
        }
    }

    [LoggerMessage(4005, LogLevel.Error, "The trust list could not be looked at again; keeping the one held")]
    private partial void RefreshFailed(Exception exception);
}
