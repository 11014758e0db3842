using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Storage;

/// <summary>
/// Lets one node at a time do what would be waste or harm done twice. Times are the nodes' own: give a lease far more time than their
/// clocks differ, and do nothing under it that is wrong when two do it once in a while.
/// </summary>
internal sealed class Leases(IServiceScopeFactory scopes, TimeProvider clock)
{
    /// <summary>This process.</summary>
    private readonly Guid _self = Guid.CreateVersion7(clock.GetUtcNow());

    /// <summary>Takes or prolongs the lease; false while another node has it.</summary>
    public async Task<bool> TryTakeAsync(string name, TimeSpan duration, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var now = clock.GetUtcNow();
        if (await db.Set<Lease>().Where(lease => lease.Name == name && (lease.Holder == _self || lease.Until <= now))
            .ExecuteUpdateAsync(set => set.SetProperty(lease => lease.Holder, _self).SetProperty(lease => lease.Until, now + duration), cancellationToken) == 1)
        {
            return true;
        }

        if (await db.Set<Lease>().AnyAsync(lease => lease.Name == name, cancellationToken))
        {
            return false;
        }

        db.Add(new Lease { Name = name, Holder = _self, Until = now + duration });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException)
        {
            // Another node made the row between our two statements.
            return false;
        }
    }

    /// <summary>Gives it back early: the next node need not wait for its end.</summary>
    public async Task GiveBackAsync(string name, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var now = clock.GetUtcNow();
        await db.Set<Lease>().Where(lease => lease.Name == name && lease.Holder == _self)
            .ExecuteUpdateAsync(set => set.SetProperty(lease => lease.Until, now), cancellationToken);
    }
}
