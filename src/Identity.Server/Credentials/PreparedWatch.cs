using System.Diagnostics.Metrics;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Credentials;

/// <summary>
/// Looks for printed credentials whose intent is on record and whose signature never followed: a server died in between, or a key
/// broke. Each is logged once and all are counted, until staff withdraw them.
/// </summary>
internal sealed partial class PreparedWatch(IServiceScopeFactory scopes, TimeProvider clock, ILogger<PreparedWatch> log, IMeterFactory meters) : BackgroundService
{
    private const int Most = 1000;

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LooksBack = TimeSpan.FromHours(1);
    private static readonly TimeSpan LooksBackAtFirst = TimeSpan.FromDays(31);

    private readonly Gauge<int> _left = meters.Create("Identity.Server").CreateGauge<int>(
        "identity.credentials.prepared_left", description: "Printed credentials that were prepared more than a minute ago and never issued; anything above 0 is for staff to withdraw");

    private List<Guid> _known = [];
    private bool _hasLooked;

    /// <summary>One look, for whoever cannot wait a minute: how many there are.</summary>
    public async Task<int> LookAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // Ids are in order of time, so this reads the newest end of the primary key and not the whole table; State has no index.
        var from = Guid.CreateVersion7(now - (_hasLooked ? LooksBack : LooksBackAtFirst));
        var late = now - Late;
        var known = _known;
        await using var scope = scopes.CreateAsyncScope();
        var prepared = scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<PrintedCredential>().Where(p => p.State == CredentialState.Prepared);
        var found = await prepared.Where(p => p.Id > from && p.IssuedAt < late).OrderBy(p => p.Id).Select(p => p.Id).Take(Most).ToListAsync(cancellationToken);
        if (known.Count > 0)
        {
            found = found.Union(await prepared.Where(p => known.Contains(p.Id)).Select(p => p.Id).ToListAsync(cancellationToken)).Take(Most).ToList();
        }

        foreach (var id in found.Except(known))
        {
            LeftPrepared(id);
        }

        (_known, _hasLooked) = (found, true);
        _left.Record(found.Count);
        return found.Count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await LookAsync(stoppingToken);
            }
#pragma warning disable CA1031 // A background loop outlives every outage of its database. The next minute looks again.
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                NotNow(fault);
            }
        }
    }

    [LoggerMessage(2003, LogLevel.Warning, "Printed credential {Id} was prepared more than a minute ago and never issued: a server stopped in between. Withdraw it as issued_in_error")]
    private partial void LeftPrepared(Guid id);

    [LoggerMessage(2005, LogLevel.Warning, "Cannot look for printed credentials that were left prepared: the database cannot be asked")]
    private partial void NotNow(Exception fault);
}
