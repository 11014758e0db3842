using Identity.Server.Accounts;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients;

/// <summary>
/// A new secret for a client that has one. The present one stays good for <c>Registration:SecretOverlap</c>, so that the
/// application changes over without an outage; after a leak it ends now.
/// </summary>
internal sealed class ReplaceSecret(ClientChanges changes, IClientEngine engine, IOptions<RegistrationOptions> options, TimeProvider clock)
{
    /// <summary>The new secret, told this once; null when the client has none, or when somebody else changed it in between.</summary>
    public async Task<string?> HandleAsync(RegisteredClient row, bool formerEndsNow, Guid accountId, CancellationToken cancellationToken)
    {
        if (!row.Settings.HoldsSecret)
        {
            return null;
        }

        var secret = RegisterClient.NewSecret();
        var now = clock.GetUtcNow();
        var ends = formerEndsNow ? now : now + options.Value.SecretOverlap;
        row.SecretMadeAt = now;
        row.FormerSecretEndsAt = formerEndsNow ? null : ends;
        return await changes.SaveAsync(
            row, ClientEvents.SecretReplaced, AccountEvents.ActorOf(accountId), () => engine.ReplaceSecretAsync(row.Id, secret, ends, cancellationToken), cancellationToken)
            ? secret
            : null;
    }

    /// <summary>The application has changed over: the secret before ends now.</summary>
    public Task<bool> EndFormerAsync(RegisteredClient row, Guid accountId, CancellationToken cancellationToken)
    {
        row.FormerSecretEndsAt = null;
        return changes.SaveAsync(
            row, ClientEvents.FormerSecretEnded, AccountEvents.ActorOf(accountId), () => engine.EndFormerSecretAsync(row.Id, cancellationToken), cancellationToken);
    }
}
