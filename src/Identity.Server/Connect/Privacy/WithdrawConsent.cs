using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Connect.Logout;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Privacy;

/// <summary>
/// The person takes back what an application may have (个人信息保护法 第十五条): the answer ends, with every grant, token and device that
/// hangs on it, and the application hears of it as of a sign-out. One transaction: no moment in which half of it holds.
/// </summary>
internal sealed class WithdrawConsent(ServerDbContext db, EndGrant endGrant, TellClients tell, AuditTrail audit, TimeProvider clock)
{
    /// <summary>False when this account has no such answer in force.</summary>
    public async Task<bool> HandleAsync(Guid accountId, Guid consentId, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);

        // 1. The answer first: who writes a grant holds this row, and so was either before us and is found below, or finds it ended.
        var now = clock.GetUtcNow();
        if (await db.Set<Consent>().Where(consent => consent.Id == consentId && consent.AccountId == accountId && consent.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(consent => consent.EndedAt, now), cancellationToken) == 0)
        {
            return false;
        }

        var clientId = await db.Set<Consent>().Where(consent => consent.Id == consentId).Select(consent => consent.ClientId).SingleAsync(cancellationToken);
        var actor = AccountEvents.ActorOf(accountId);
        audit.Record(ConnectEvents.ConsentWithdrawn, actor, accountId, new { Client = clientId, Consent = consentId });
        await db.SaveChangesAsync(cancellationToken);

        // 2. What hangs on it. Ending one may end its neighbours of the same session, which then are none of this account's any more.
        var subject = accountId.ToString();
        var grants = await db.Set<OidcGrant>().Where(grant => grant.Subject == subject && grant.Application!.ClientId == clientId && grant.Status == Statuses.Valid)
            .Select(grant => grant.Id).ToListAsync(cancellationToken);
        foreach (var grant in grants)
        {
            await endGrant.HandleAsync(accountId, grant.ToString(), actor, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        tell.Committed();
        return true;
    }
}
