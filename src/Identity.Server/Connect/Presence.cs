using System.Security.Claims;
using Identity.Server.Accounts;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>Whether the person behind a token is still signed in.</summary>
internal sealed class Presence(ServerDbContext db, TimeProvider clock)
{
    /// <summary>
    /// The token's grant while it stands, its consent has not ended, and its session is open. What was given to last beyond the session
    /// (<c>offline_access</c>) is not enough: a service is called for somebody who is there.
    /// </summary>
    public async Task<OidcGrant?> FindAsync(ClaimsPrincipal token, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        return Guid.TryParse(token.GetAuthorizationId(), out var grantId)
            && await db.Set<OidcGrant>().FindAsync([grantId], cancellationToken) is { Status: Statuses.Valid } grant
            && !(grant.EndsAt <= now)
            && await db.Set<Session>().AnyAsync(
                session => session.Sid == grant.Sid && session.EndedAt == null && session.ExpiresAt > now
                    && db.Set<Account>().Any(account => account.Id == session.AccountId && account.DisabledAt == null),
                cancellationToken)
                ? grant
                : null;
    }
}
