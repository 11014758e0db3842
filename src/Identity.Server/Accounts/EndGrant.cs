using Identity.Server.Audit;
using Identity.Server.Storage;

namespace Identity.Server.Accounts;

/// <summary>Ends a device (or an application's grant) and whatever hangs on it, all or nothing.</summary>
internal sealed class EndGrant(ServerDbContext db, IEnumerable<IGrantDirectory> directories, IEnumerable<IDeviceEnded> listeners, AuditTrail audit)
{
    public async Task<bool> HandleAsync(Guid accountId, string grantId, CancellationToken cancellationToken)
    {
        await using var transaction = db.Database.CurrentTransaction is null
            ? await db.Database.BeginTransactionAsync(cancellationToken)
            : null;
        var found = false;
        foreach (var directory in directories)
        {
            found |= await directory.EndAsync(accountId, grantId, cancellationToken);
        }

        if (!found)
        {
            return false;
        }

        foreach (var listener in listeners)
        {
            await listener.DeviceEndedAsync(accountId, grantId, cancellationToken);
        }

        audit.Record(AccountEvents.GrantEnded, AccountEvents.ActorOf(accountId), accountId, new { Grant = grantId });
        await db.SaveChangesAsync(cancellationToken);
        if (transaction is not null)
        {
            await transaction.CommitAsync(cancellationToken);
        }

        return true;
    }
}
