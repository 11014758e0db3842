using System.Diagnostics.Metrics;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Status;

/// <summary>Takes, keeps and gives back the publisher's lease for this process.</summary>
internal sealed partial class Leadership(
    IServiceScopeFactory scopes, IOptions<StatusOptions> options, TimeProvider time, ILogger<Leadership> logger, IMeterFactory meters)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);

    private readonly Guid _self = Guid.CreateVersion7(time.GetUtcNow());
    private readonly Gauge<int> _leads = meters.Create("Identity.Server").CreateGauge<int>(
        "identity.status.publisher", description: "1 on the node that publishes; the sum over all nodes is 1 but for moments");

    private (Guid? Holder, long Beat) _seen;
    private long _seenAt;
    private bool _led;

    /// <summary>Half of what publishing may take: a holder that died is replaced in time.</summary>
    private TimeSpan DeadAfter => options.Value.PublishWithin / 2 is var half && half > Shortest ? half : Shortest;

    /// <summary>What the last look said.</summary>
    public bool Leads => Volatile.Read(ref _led);

    /// <summary>Whether this process is to publish now. Asked at every round, which is the holder's sign of life.</summary>
    public async Task<bool> LeadsAsync(CancellationToken cancellationToken)
    {
        var leads = await TakeOrKeepAsync(cancellationToken);
        _leads.Record(leads ? 1 : 0);
        if (leads != _led)
        {
            Volatile.Write(ref _led, leads);
            Changed(leads ? "publishes" : "no longer publishes");
        }

        return leads;
    }

    /// <summary>The next node need not wait for us to be dead.</summary>
    public async Task GiveBackAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<PublisherLease>().Where(lease => lease.Holder == _self)
            .ExecuteUpdateAsync(set => set.SetProperty(lease => lease.Holder, (Guid?)null), cancellationToken);
    }

    private async Task<bool> TakeOrKeepAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var lease = await db.Set<PublisherLease>().AsNoTracking().SingleOrDefaultAsync(cancellationToken);
        if (lease is null)
        {
            db.Add(new PublisherLease { Holder = _self, Beat = 1 });
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                return true;
            }
            catch (DbUpdateException)
            {
                // Another node was first. Next time.
                return false;
            }
        }

        if (lease.Holder != _self && lease.Holder is not null)
        {
            if (_seen != (lease.Holder, lease.Beat))
            {
                (_seen, _seenAt) = ((lease.Holder, lease.Beat), time.GetTimestamp());
                return false;
            }

            if (time.GetElapsedTime(_seenAt) < DeadAfter)
            {
                return false;
            }
        }

        // Only from the beat that was seen: a holder that lives after all, or another that takes over, collides here.
        return await db.Set<PublisherLease>().Where(row => row.Beat == lease.Beat)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.Holder, _self).SetProperty(row => row.Beat, row => row.Beat + 1), cancellationToken) == 1;
    }

    [LoggerMessage(3040, LogLevel.Information, "This node {Does} status lists")]
    private partial void Changed(string does);
}
