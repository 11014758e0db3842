using System.Diagnostics.Metrics;
using Identity.Server.Connect.Logout;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>
/// Removes what has ended: tokens a day after their end, then grants that hold none, old deliveries, and consents that have been history for three years. In small batches with a pause,
/// because one big delete has stopped whole services (openiddict-core#1661, #2460). One node at a time, by a lease that it prolongs with
/// each batch; should two overlap for a moment, they delete the same rows, which is harmless.
/// </summary>
internal sealed partial class Pruning : BackgroundService
{
    public const string LeaseName = "pruning";

    public static readonly TimeSpan LeaseFor = TimeSpan.FromMinutes(5);

    private const int Batch = 500;
    private const string Tokens = "oidc_tokens";
    private const string Grants = "oidc_grants";
    private const string Deliveries = "logout_deliveries";
    private const string Consents = "consents";

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(1);
    private static readonly TimeSpan GrantsKeptFor = TimeSpan.FromDays(30);

    // 个人信息保护法 第五十六条: what was done with personal data stays on record for three years.
    private static readonly TimeSpan ConsentsKeptFor = TimeSpan.FromDays(3 * 366);

    private readonly IServiceScopeFactory scopes;
    private readonly Leases leases;
    private readonly TimeProvider clock;
    private readonly ILogger<Pruning> logger;
    private readonly Counter<long> removedRows;

    // Told only by the node that does the work, and only while it does: a gauge that a former leader goes on telling would lie.
    private volatile Sizes? sizes;

    public Pruning(IServiceScopeFactory scopes, Leases leases, IMeterFactory meters, TimeProvider clock, ILogger<Pruning> logger)
    {
        this.scopes = scopes;
        this.leases = leases;
        this.clock = clock;
        this.logger = logger;
        var meter = meters.Create("Identity.Server");
        removedRows = meter.CreateCounter<long>("identity.prune.removed", description: "Rows removed because what they stood for has ended");
        meter.CreateObservableGauge("identity.storage.rows", () => FreshSizes().SelectMany(seen => seen.Rows), description: "Rows in the tables that grow; on PostgreSQL as its statistics estimate");
        meter.CreateObservableGauge("identity.prune.lag", () => FreshSizes().SelectMany(seen => seen.Lags), unit: "s", description: "How long the oldest row that should be gone is still there");
    }

    /// <summary>One round; null when another node has the lease.</summary>
    public async Task<int?> PruneAsync(CancellationToken cancellationToken)
    {
        if (!await leases.TryTakeAsync(LeaseName, LeaseFor, cancellationToken))
        {
            sizes = null;
            return null;
        }

        var now = clock.GetUtcNow();
        var tokensBefore = (now - KeptFor).UtcDateTime;
        var grantsBefore = (now - GrantsKeptFor).UtcDateTime;
        var deliveriesBefore = now - GrantsKeptFor;
        var removed = await InBatchesAsync(Tokens, db => db.Set<OidcToken>().Where(token => token.ExpirationDate < tokensBefore)
            .OrderBy(token => token.ExpirationDate).Select(token => token.Id).Take(Batch)
            .ToListAsync(cancellationToken), (db, ids) => db.Set<OidcToken>().Where(token => ids.Contains(token.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);

        // A lasting grant that still stands is a device and stays; one for a session goes when nothing hangs on it.
        removed += await InBatchesAsync(Grants, db => db.Set<OidcGrant>()
            .Where(grant => grant.CreationDate < grantsBefore && (grant.Status != Statuses.Valid || grant.Type == AuthorizationTypes.AdHoc) && !grant.Tokens.Any())
            .OrderBy(grant => grant.CreationDate).Select(grant => grant.Id).Take(Batch)
            .ToListAsync(cancellationToken), (db, ids) => db.Set<OidcGrant>().Where(grant => ids.Contains(grant.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);

        // Their ids begin with the time: the primary key is the order of age.
        var firstKept = Guid.CreateVersion7(deliveriesBefore);
        removed += await InBatchesAsync(Deliveries, db => db.Set<LogoutDelivery>().Where(delivery => delivery.Id.CompareTo(firstKept) < 0 && delivery.CreatedAt < deliveriesBefore)
            .OrderBy(delivery => delivery.Id).Select(delivery => delivery.Id).Take(Batch)
            .ToListAsync(cancellationToken), (db, ids) => db.Set<LogoutDelivery>().Where(delivery => ids.Contains(delivery.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);

        // Ended, or run out and never asked again: it counts for nothing either way. Given before that time, too, so the primary key bounds the search.
        var consentsBefore = now - ConsentsKeptFor;
        var firstKeptConsent = Guid.CreateVersion7(consentsBefore);
        removed += await InBatchesAsync(Consents, db => db.Set<Consent>()
            .Where(consent => consent.Id.CompareTo(firstKeptConsent) < 0 && (consent.EndedAt < consentsBefore || (consent.EndedAt == null && consent.EndsAt < consentsBefore)))
            .OrderBy(consent => consent.Id).Select(consent => consent.Id).Take(Batch)
            .ToListAsync(cancellationToken), (db, ids) => db.Set<Consent>().Where(consent => ids.Contains(consent.Id)).ExecuteDeleteAsync(cancellationToken), cancellationToken);
        await MeasureAsync(cancellationToken);
        return removed;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await PruneAsync(stoppingToken) is { } rows and > 0)
                {
                    Removed(rows);
                }
            }
#pragma warning disable CA1031 // A background loop outlives every outage of its database. What is left is left for the next round.
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                NotNow(fault);
            }
        }
    }

    private async Task<int> InBatchesAsync(
        string table, Func<ServerDbContext, Task<List<Guid>>> find, Func<ServerDbContext, List<Guid>, Task<int>> delete, CancellationToken cancellationToken)
    {
        var removed = 0;
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            var ids = await find(db);
            if (ids.Count > 0)
            {
                var gone = await delete(db, ids);
                removed += gone;
                removedRows.Add(gone, new KeyValuePair<string, object?>("table", table));
            }

            if (ids.Count < Batch || !await leases.TryTakeAsync(LeaseName, LeaseFor, cancellationToken))
            {
                return removed;
            }

            await Task.Delay(Pause, clock, cancellationToken);
        }
    }

    private async Task MeasureAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var now = clock.GetUtcNow();
        var oldestToken = await db.Set<OidcToken>().Where(token => token.ExpirationDate != null).OrderBy(token => token.ExpirationDate)
            .Select(token => token.ExpirationDate).FirstOrDefaultAsync(cancellationToken);
        var oldestDelivery = await db.Set<LogoutDelivery>().OrderBy(delivery => delivery.Id).Select(delivery => (DateTimeOffset?)delivery.CreatedAt).FirstOrDefaultAsync(cancellationToken);
        sizes = new Sizes(
            now,
            [
                Of(Tokens, await RowsAsync<OidcToken>(db, Tokens, cancellationToken)),
                Of(Grants, await RowsAsync<OidcGrant>(db, Grants, cancellationToken)),
                Of(Deliveries, await RowsAsync<LogoutDelivery>(db, Deliveries, cancellationToken)),
                Of(Consents, await RowsAsync<Consent>(db, Consents, cancellationToken)),
                Of("sessions", await RowsAsync<Accounts.Session>(db, "sessions", cancellationToken)),
            ],
            [
                Of(Tokens, LagOf(oldestToken is { } ended ? new DateTimeOffset(ended, TimeSpan.Zero) : null, KeptFor, now)),
                Of(Deliveries, LagOf(oldestDelivery, GrantsKeptFor, now)),
            ]);
    }

    /// <summary>Counting a hundred million rows is work; PostgreSQL keeps an estimate.</summary>
    private static async Task<long> RowsAsync<TRow>(ServerDbContext db, string table, CancellationToken cancellationToken)
        where TRow : class =>
        db is PostgresServerDbContext
            ? await db.Database.SqlQuery<long>($"SELECT GREATEST(reltuples, 0)::bigint AS \"Value\" FROM pg_class WHERE oid = to_regclass({table})").SingleOrDefaultAsync(cancellationToken)
            : await db.Set<TRow>().LongCountAsync(cancellationToken);

    private static double LagOf(DateTimeOffset? oldest, TimeSpan keptFor, DateTimeOffset now) => oldest is { } at && now - at > keptFor ? (now - at - keptFor).TotalSeconds : 0;

    private static Measurement<T> Of<T>(string table, T value)
        where T : struct => new(value, new KeyValuePair<string, object?>("table", table));

    private IEnumerable<Sizes> FreshSizes() => sizes is { } seen && clock.GetUtcNow() - seen.At < 3 * Every ? [seen] : [];

    private sealed record Sizes(DateTimeOffset At, Measurement<long>[] Rows, Measurement<double>[] Lags);

    [LoggerMessage(1020, LogLevel.Information, "Removed {Rows} ended tokens, grants, deliveries and consents")]
    private partial void Removed(int rows);

    [LoggerMessage(1021, LogLevel.Warning, "Ended tokens stay for another round: the database cannot be asked")]
    private partial void NotNow(Exception fault);
}
