using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect;

/// <summary>
/// The userinfo answer: the pairwise <c>sub</c> of the token, and what the person allowed or the law gives (<see cref="Disclosures"/>).
/// Never a user name or a number, which would be the same at another sector.
/// </summary>
internal sealed class UserInfo(ServerDbContext db, Release release, IOptions<Origins> origins, TimeProvider clock) : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleUserInfoRequestContext>()
        .UseScopedHandler<UserInfo>()
        .SetOrder(OpenIddictServerHandlers.UserInfo.AttachClaims.Descriptor.Order + 500)
        .Build();

    public async ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        // RFC 9068 4: for another service, whoever shows it.
        if (!context.AccessTokenPrincipal.HasAudience(Origins.TextOf(origins.Value.Login)))
        {
            context.Reject(Errors.InvalidToken, "The access token is for another service.");
            return;
        }

        // sub and what the scopes give, as the specification has it; the engine's iss and aud belong to signed answers.
        context.Issuer = null;
        context.Audiences.Clear();
        if (!context.AccessTokenPrincipal.HasScope(Scopes.OpenId))
        {
            // A client that acts for itself is no user (OpenID Connect Core 5.3).
            context.Reject(Errors.InsufficientScope, "The access token was not issued with the scope openid.");
            return;
        }

        if (!Guid.TryParse(context.AccessTokenPrincipal.GetAuthorizationId(), out var grantId) || await db.Set<OidcGrant>().FindAsync([grantId], context.CancellationToken) is not { } grant)
        {
            return;
        }

        if (grant.EndsAt <= clock.GetUtcNow())
        {
            context.Reject(Errors.InvalidToken, "The consent has ended.");
            return;
        }

        foreach (var (claim, value) in await release.ToClientAsync(context.AccessTokenPrincipal.GetClaim(Claims.ClientId)!, grant, context.AccessTokenPrincipal.GetScopes(), context.CancellationToken))
        {
            context.Claims[claim] = value is bool yes ? yes : (string)value;
        }
    }
}
