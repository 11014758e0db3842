using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Clients;

/// <summary>What every change of a registered client has in common: row, entry and engine in one transaction, then this node's directory.</summary>
internal sealed class ClientChanges(ServerDbContext db, ClientDirectory clients, AuditTrail audit, TimeProvider clock)
{
    /// <summary>The developer's own, or none: another's is as if it were not there.</summary>
    public Task<RegisteredClient?> FindOwnAsync(Guid ownerId, string clientId, CancellationToken cancellationToken) =>
        db.Set<RegisteredClient>().SingleOrDefaultAsync(client => client.Id == clientId && client.OwnerId == ownerId && client.RemovedAt == null, cancellationToken);

    public async Task<IReadOnlyList<RegisteredClient>> ListOwnAsync(Guid ownerId, CancellationToken cancellationToken) =>
        await db.Set<RegisteredClient>().AsNoTracking().Where(client => client.OwnerId == ownerId && client.RemovedAt == null)
            .OrderBy(client => client.CreatedAt).ToListAsync(cancellationToken);

    /// <summary>False when somebody else changed it in between; nothing is changed then.</summary>
    public async Task<bool> SaveAsync(RegisteredClient row, AuditEvent what, string actor, Func<Task>? tellEngine, CancellationToken cancellationToken, string? reason = null)
    {
        row.ChangedAt = clock.GetUtcNow();
        row.Version++;
        audit.Record(what, actor, row.OwnerId, reason is null ? new { Client = row.Id } : new { Client = row.Id, Reason = reason });
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
            if (tellEngine is not null)
            {
                await tellEngine();
            }

            await transaction.CommitAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return false;
        }

        await clients.RefreshAsync(CancellationToken.None);
        return true;
    }
}
