using Identity.Server.Clients;
using Identity.Server.Storage;

namespace Identity.Server.Connect.Logout;

/// <summary>Notes in the caller's transaction which clients must hear that they have lost a session. Never saves.</summary>
internal sealed class TellClients(ServerDbContext db, ClientDirectory clients, LogoutSignal signal, TimeProvider clock)
{
    public void Add(Guid accountId, string sid, IEnumerable<string> clientIds)
    {
        var now = clock.GetUtcNow();
        db.AddRange(
            from clientId in clientIds
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
    }

    /// <summary>The transaction has committed: wakes the courier.</summary>
    public void Committed() => signal.Ring();
}
