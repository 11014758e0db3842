using Identity.Server.Accounts;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Credentials;

/// <summary>A device that is signed out carries nothing any more. Adds to the transaction that ends the grant; never saves.</summary>
internal sealed class HoldingsEndWithDevice(ServerDbContext db, ChangeState changes) : IDeviceEnded
{
    public async Task DeviceEndedAsync(Guid accountId, string deviceId, string actor, CancellationToken cancellationToken)
    {
        var holdings = await db.Set<Holding>()
            .Where(h => h.AccountId == accountId && h.DeviceId == deviceId && h.State != CredentialState.Withdrawn).ToListAsync(cancellationToken);
        foreach (var holding in holdings)
        {
            await changes.ApplyAsync(holding, StateChange.Revoke, Reasons.DeviceEnded, actor, byStaff: false, cancellationToken);
        }
    }
}
