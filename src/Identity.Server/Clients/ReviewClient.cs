using Identity.Server.Accounts;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Clients;

/// <summary>From trying to production: the developer asks, somebody else looks and says yes, or no and why.</summary>
internal sealed class ReviewClient(ServerDbContext db, ClientChanges changes, IClientEngine engine, TimeProvider clock)
{
    internal enum Outcome
    {
        Done,

        /// <summary>Decided, edited or removed in the meantime: there is nothing to decide any more.</summary>
        NotWaiting,

        /// <summary>Four eyes are two people's.</summary>
        OwnClient,
    }

    /// <summary>False when there is nothing to review.</summary>
    public async Task<bool> RequestAsync(RegisteredClient row, Guid accountId, CancellationToken cancellationToken)
    {
        if (row.RequestedAt is not null || (row.ReviewedAt is not null && row.ProposedJson is null))
        {
            return false;
        }

        row.RequestedAt = clock.GetUtcNow();
        row.RefusedFor = null;
        return await changes.SaveAsync(row, ClientEvents.ReviewRequested, AccountEvents.ActorOf(accountId), null, cancellationToken);
    }

    public async Task<IReadOnlyList<RegisteredClient>> WaitingAsync(CancellationToken cancellationToken) =>
        await db.Set<RegisteredClient>().AsNoTracking().Where(client => client.RequestedAt != null && client.RemovedAt == null)
            .OrderBy(client => client.RequestedAt).Take(100).ToListAsync(cancellationToken);

    /// <param name="clientId">The one that was looked at.</param>
    /// <param name="version">As it was looked at: what was edited since is not approved.</param>
    /// <param name="refusedFor">What is to be mended; null approves.</param>
    /// <param name="reviewerId">The staff account.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Outcome> DecideAsync(string clientId, int version, string? refusedFor, Guid reviewerId, CancellationToken cancellationToken)
    {
        var row = await db.Set<RegisteredClient>().SingleOrDefaultAsync(client => client.Id == clientId && client.RequestedAt != null && client.RemovedAt == null, cancellationToken);
        if (row is null || row.Version != version)
        {
            return Outcome.NotWaiting;
        }

        if (row.OwnerId == reviewerId)
        {
            return Outcome.OwnClient;
        }

        row.RequestedAt = null;
        row.ReviewerId = reviewerId;
        row.RefusedFor = refusedFor;
        Func<Task>? tell = null;
        if (refusedFor is null)
        {
            row.ReviewedAt ??= clock.GetUtcNow();
            if (row.Proposed is { } proposed)
            {
                row.SettingsJson = row.ProposedJson!;
                row.ProposedJson = null;
                tell = () => engine.SaveAsync(proposed, null, cancellationToken);
            }
        }

        return await changes.SaveAsync(
            row, refusedFor is null ? ClientEvents.ReviewApproved : ClientEvents.ReviewRefused, AccountEvents.ActorOf(reviewerId), tell, cancellationToken, refusedFor)
            ? Outcome.Done
            : Outcome.NotWaiting;
    }
}
