using Identity.Server.Audit;
using Identity.Server.Storage;

namespace Identity.Server.Accounts;

/// <summary>Ends a device (or an application's grant) and whatever hangs on it, all or nothing.</summary>
internal sealed class EndGrant(ServerDbContext db, IEnumerable<IGrantDirectory> directories, IEnumerable<IDeviceEnded> listeners, AuditTrail audit)
{
    public Task<bool> HandleAsync(Guid accountId, string grantId, CancellationToken cancellationToken) =>
        HandleAsync(accountId, grantId, AccountEvents.ActorOf(accountId), cancellationToken);

    /// <summary><paramref name="actor"/> ends it: the holder or a member of staff.</summary>
    public async Task<bool> HandleAsync(Guid accountId, string grantId, string actor, CancellationToken cancellationToken)
    {
        await using var transaction = db.Database.CurrentTransaction is null
            ? await db.Database.BeginTransactionAsync(cancellationToken)
            : null;
        List<string> ended = [];
        foreach (var directory in directories)
        {
            ended.AddRange(await directory.EndAsync(accountId, grantId, cancellationToken));
        }

        if (ended.Count == 0)
        {
            return false;
        }

        foreach (var deviceId in ended)
        {
            foreach (var listener in listeners)
            {
                await listener.DeviceEndedAsync(accountId, deviceId, actor, cancellationToken);
            }

            audit.Record(AccountEvents.GrantEnded, actor, accountId, new { Grant = deviceId });
        }

        await db.SaveChangesAsync(cancellationToken);
        if (transaction is not null)
        {
            await transaction.CommitAsync(cancellationToken);

            // Inside somebody else's there is nothing to tell yet: whoever commits says so.
            foreach (var directory in directories)
            {
                directory.Committed();
            }
        }

        return true;
    }
}
