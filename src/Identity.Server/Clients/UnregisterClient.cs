using Identity.Server.Accounts;

namespace Identity.Server.Clients;

/// <summary>Takes a client away, with its grants and tokens. The id is never given again.</summary>
internal sealed class UnregisterClient(ClientChanges changes, IClientEngine engine, TimeProvider clock)
{
    public Task<bool> HandleAsync(RegisteredClient row, Guid accountId, CancellationToken cancellationToken)
    {
        row.RemovedAt = clock.GetUtcNow();
        row.RequestedAt = null;
        return changes.SaveAsync(row, ClientEvents.Unregistered, AccountEvents.ActorOf(accountId), () => engine.RemoveAsync(row.Id, cancellationToken), cancellationToken);
    }
}
