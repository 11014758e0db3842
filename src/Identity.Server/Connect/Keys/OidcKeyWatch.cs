using Microsoft.Extensions.Options;

namespace Identity.Server.Connect.Keys;

/// <summary>Looks after the ring every so often (<see cref="KeepOidcKeys"/>).</summary>
internal sealed partial class OidcKeyWatch(KeepOidcKeys keep, IOptions<ConnectOptions> options, TimeProvider clock, ILogger<OidcKeyWatch> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Said once for each outage, not at each look.
        var away = false;
        using var timer = new PeriodicTimer(options.Value.KeyLookEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await keep.HandleAsync(stoppingToken);
                    away = false;
                }
#pragma warning disable CA1031 // What the process has goes on working, whatever keeps it from looking; the next look tries again.
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
                {
                    if (!away)
                    {
                        NotRead(fault);
                    }

                    away = true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    [LoggerMessage(1032, LogLevel.Error, "The ring of OpenID Connect keys cannot be read; going on with what was read before")]
    private partial void NotRead(Exception fault);
}
