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
/// What was given with <c>offline_access</c> stays: it is a device, ended in the list of devices.
/// </summary>
internal sealed class SessionEnded(ServerDbContext db, ClientDirectory clients, IEnumerable<IDeviceEnded> devices, TellClients tell, AuditTrail audit) : ISessionEnded
{
    public async Task SessionEndedAsync(Guid accountId, string sid, string actor, CancellationToken cancellationToken)
    {
        var grants = await db.Set<OidcGrant>().Where(grant => grant.Sid == sid)
            .Select(grant => new { grant.Id, ClientId = grant.Application!.ClientId!, IsOpen = grant.Type == AuthorizationTypes.AdHoc && grant.Status == Statuses.Valid })
            .ToListAsync(cancellationToken);
        if (grants.Count == 0)
        {
            return;
        }

        var tookPart = grants.Select(grant => grant.ClientId).Distinct().ToArray();
        tell.Add(accountId, sid, tookPart);
        var open = grants.Where(grant => grant.IsOpen).ToArray();
        if (open.Length > 0)
        {
            await db.Set<OidcGrant>().Where(grant => grant.Sid == sid && grant.Type == AuthorizationTypes.AdHoc && grant.Status == Statuses.Valid)
                .ExecuteUpdateAsync(set => set.SetProperty(grant => grant.Status, Statuses.Revoked), cancellationToken);
            audit.Record(ConnectEvents.GrantsEndedWithSession, actor, accountId, new { Grants = open.Length, Clients = tookPart });
        }

        // A wallet that did not ask for offline_access is a device for the length of the session: its codes go with it.
        foreach (var device in open.Where(grant => clients.Find(grant.ClientId) is not { Wallet: false }))
        {
            foreach (var listener in devices)
            {
                await listener.DeviceEndedAsync(accountId, device.Id.ToString(), actor, cancellationToken);
            }
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    public void Committed() => tell.Committed();
}
