using System.Data.Common;
using Identity.Server.Connect.Logout;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>
/// Removes what has ended: tokens a day after their end, then grants that hold none. In small batches with a pause, because one
/// big delete has stopped whole services (openiddict-core#1661, #2460). Two nodes at once delete the same rows, which is harmless,
/// and at different minutes, which spares the database.
/// </summary>
internal sealed partial class Pruning(IServiceScopeFactory scopes, TimeProvider clock, ILogger<Pruning> logger) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Every = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan GrantsKeptFor = TimeSpan.FromDays(30);

    /// <summary>One round, for whoever cannot wait an hour.</summary>
    public async Task<int> PruneAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var tokensBefore = (now - KeptFor).UtcDateTime;
        var grantsBefore = (now - GrantsKeptFor).UtcDateTime;
        var removed = await InBatchesAsync(db => db.Set<OidcToken>().Where(token => token.ExpirationDate < tokensBefore)
            .OrderBy(token => token.ExpirationDate).Select(token => token.Id).Take(Batch)
            .ToListAsync(cancellationToken), (db, ids) => db.Set<OidcToken>().Where(token => ids.Contains(token.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);

        // A lasting grant that still stands is a device and stays; one for a session goes when nothing hangs on it.
        removed += await InBatchesAsync(db => db.Set<OidcGrant>()
            .Where(grant => grant.CreationDate < grantsBefore && (grant.Status != Statuses.Valid || grant.Type == AuthorizationTypes.AdHoc) && !grant.Tokens.Any())
            .OrderBy(grant => grant.CreationDate).Select(grant => grant.Id).Take(Batch)
            .ToListAsync(cancellationToken), (db, ids) => db.Set<OidcGrant>().Where(grant => ids.Contains(grant.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        var deliveriesBefore = now - GrantsKeptFor;
        removed += await InBatchesAsync(db => db.Set<LogoutDelivery>().Where(delivery => delivery.CreatedAt < deliveriesBefore)
            .OrderBy(delivery => delivery.CreatedAt).Select(delivery => delivery.Id).Take(Batch)
            .ToListAsync(cancellationToken), (db, ids) => db.Set<LogoutDelivery>().Where(delivery => ids.Contains(delivery.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        removed += await InBatchesAsync(db => db.Set<UsedProof>().Where(proof => proof.Until < now)
            .OrderBy(proof => proof.Until).Select(proof => proof.Id).Take(Batch)
            .ToListAsync(cancellationToken), (db, ids) => db.Set<UsedProof>().Where(proof => ids.Contains(proof.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        return removed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                Removed(await PruneAsync(stoppingToken));
            }
            catch (DbException fault)
            {
                // Away or busy: what is left is left for the next hour.
                NotNow(fault);
            }
        }
    }

    private async Task<int> InBatchesAsync(
        Func<ServerDbContext, Task<List<Guid>>> find, Func<ServerDbContext, List<Guid>, Task<int>> delete, CancellationToken cancellationToken)
    {
        var removed = 0;
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            var ids = await find(db);
            if (ids.Count > 0)
            {
                removed += await delete(db, ids);
            }

            if (ids.Count < Batch)
            {
                return removed;
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    [LoggerMessage(1020, LogLevel.Information, "Removed {Rows} ended tokens, grants, deliveries and used proofs")]
    private partial void Removed(int rows);

    [LoggerMessage(1021, LogLevel.Warning, "Ended tokens stay for another hour: the database cannot be asked")]
    private partial void NotNow(Exception fault);
}
