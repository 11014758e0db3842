using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Credentials;

/// <summary>Removes stored answers whose time is over: they hold sealed texts of codes, and are promised to be gone after a day. In small batches, so that no write waits for it long.</summary>
internal sealed partial class ForgetAnswers(
    IServiceScopeFactory scopes, IOptions<CredentialsOptions> options, TimeProvider clock, ILogger<ForgetAnswers> logger) : BackgroundService
{
    internal const int Batch = 500;

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>One round, for whoever cannot wait an hour.</summary>
    public async Task<int> ForgetAsync(CancellationToken cancellationToken)
    {
        var since = clock.GetUtcNow() - options.Value.AnswersKept;
        var removed = 0;
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            var ids = await db.Set<StoredAnswer>().Where(a => a.At <= since).OrderBy(a => a.At).Select(a => a.Id).Take(Batch).ToListAsync(cancellationToken);
            if (ids.Count > 0)
            {
                // The time again: a key may have come back since, and its new answer stays.
                removed += await db.Set<StoredAnswer>().Where(a => ids.Contains(a.Id) && a.At <= since).ExecuteDeleteAsync(cancellationToken);
            }

            if (ids.Count < Batch)
            {
                return removed;
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
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
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                ForgettingFailed(exception);
            }
        }
    }

    [LoggerMessage(2010, LogLevel.Warning, "Removing old answers failed; trying again in an hour")]
    private partial void ForgettingFailed(Exception exception);
}
