using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Credentials;

/// <summary>Removes stored answers whose time is over: they hold sealed texts of codes, and are promised to be gone after a day.</summary>
internal sealed partial class ForgetAnswers(
    IServiceScopeFactory scopes, IOptions<CredentialsOptions> options, TimeProvider clock, ILogger<ForgetAnswers> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <summary>One round, for whoever cannot wait an hour.</summary>
    public async Task<int> ForgetAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var since = clock.GetUtcNow() - options.Value.AnswersKept;
        return await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<StoredAnswer>().Where(a => a.At <= since).ExecuteDeleteAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await ForgetAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A background loop outlives every outage of its database; the next hour tries again.
            catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
            {
                ForgettingFailed(exception);
            }
        }
    }

    [LoggerMessage(2010, LogLevel.Warning, "Removing old answers failed; trying again in an hour")]
    private partial void ForgettingFailed(Exception exception);
}
