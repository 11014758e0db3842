using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Clients;
using Identity.Server.Connect.Logout;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>
/// What follows from the end of a session: what was given for its length ends with it, and each client that took part hears of it.
/// What was given with <c>offline_access</c> (a wallet) stays: it is a device, ended in the list of devices.
/// </summary>
internal sealed class SessionEnded(ServerDbContext db, ClientDirectory clients, LogoutSignal signal, AuditTrail audit, TimeProvider clock) : ISessionEnded
{
    public async Task SessionEndedAsync(Guid accountId, string sid, CancellationToken cancellationToken)
    {
        var tookPart = await db.Set<OidcGrant>().Where(grant => grant.Sid == sid).Select(grant => grant.Application!.ClientId!).Distinct().ToListAsync(cancellationToken);
        if (tookPart.Count == 0)
        {
            return;
        }

        var now = clock.GetUtcNow();
        db.AddRange(
            from clientId in tookPart
            where clients.Find(clientId) is { BackchannelLogoutUri: not null }
            select new LogoutDelivery
            {
                Id = Guid.CreateVersion7(now),
                ClientId = clientId,
                AccountId = accountId,
                Sid = sid,
                CreatedAt = now,
                NextTryAt = now,
            });
        var ended = await db.Set<OidcGrant>().Where(grant => grant.Sid == sid && grant.Type == AuthorizationTypes.AdHoc && grant.Status == Statuses.Valid)
            .ExecuteUpdateAsync(set => set.SetProperty(grant => grant.Status, Statuses.Revoked), cancellationToken);
        if (ended > 0)
        {
            audit.Record(ConnectEvents.GrantsEndedWithSession, AccountEvents.ActorOf(accountId), accountId, new { Grants = ended, Clients = tookPart });
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    public void Committed() => signal.Ring();
}
