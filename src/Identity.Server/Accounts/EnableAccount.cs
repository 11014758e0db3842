using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>Lets a disabled account sign in again. Nothing that ended with it comes back.</summary>
internal sealed class EnableAccount(ServerDbContext db, AuditTrail audit)
{
    public async Task<bool> HandleAsync(Guid accountId, string reason, string actor, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Set<Account>().Where(account => account.Id == accountId && account.DisabledAt != null)
            .ExecuteUpdateAsync(set => set.SetProperty(account => account.DisabledAt, (DateTimeOffset?)null), cancellationToken) == 0)
        {
            return false;
        }

        audit.Record(AccountEvents.Enabled, actor, accountId, new { Reason = reason });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
