namespace Identity.Server.Clients;

/// <summary>Keeps this node's clients no older than a second: another node may have changed one.</summary>
internal sealed partial class ClientPoll(ClientDirectory clients, TimeProvider clock, ILogger<ClientPoll> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await clients.RefreshAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A background loop outlives every outage of its database. What is known stays in force.
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                NotNow(fault);
            }
        }
    }

    [LoggerMessage(1060, LogLevel.Warning, "Registered clients may be out of date: the database cannot be asked")]
    private partial void NotNow(Exception fault);
}
