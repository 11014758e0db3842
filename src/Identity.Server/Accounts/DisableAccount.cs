using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>
/// Nobody signs in to the account any more, and who is in is out: sessions, applications, devices with their codes, in one transaction.
/// The applications hear of it.
/// </summary>
internal sealed class DisableAccount(
    ServerDbContext db, Sessions sessions, EndGrant endGrant, IEnumerable<IGrantDirectory> directories, AuditTrail audit, TimeProvider clock)
{
    /// <summary>False when there is no such account or it is disabled already.</summary>
    public async Task<bool> HandleAsync(Guid accountId, string reason, string actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Set<Account>().Where(account => account.Id == accountId && account.DisabledAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(account => account.DisabledAt, now), cancellationToken) == 0)
        {
            return false;
        }

        audit.Record(AccountEvents.Disabled, actor, accountId, new { Reason = reason });
        await db.SaveChangesAsync(cancellationToken);

        // Sessions first: they take the applications' grants with them. What is left then are devices.
        var open = await db.Set<Session>().Where(session => session.AccountId == accountId && session.EndedAt == null).Select(session => session.Sid).ToListAsync(cancellationToken);
        await sessions.EndAsync(accountId, open, actor, cancellationToken);
        foreach (var directory in directories)
        {
            while (await directory.ListAsync(accountId, cancellationToken) is { Count: > 0 } grants)
            {
                foreach (var grant in grants)
                {
                    await endGrant.HandleAsync(accountId, grant.Id, actor, cancellationToken);
                }
            }
        }

        await transaction.CommitAsync(cancellationToken);
        foreach (var directory in directories)
        {
            directory.Committed();
        }

        return true;
    }
}
