using Identity.Server.Audit;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>
/// The userinfo answer: the pairwise <c>sub</c> of the token, and with <c>profile</c> the person's name. Nothing that would be the
/// same at another sector beyond that: no user name, no number.
/// </summary>
internal sealed class UserInfo(ServerDbContext db, SubjectDirectory persons, AuditTrail audit) : IOpenIddictServerHandler<HandleUserInfoRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleUserInfoRequestContext>()
        .UseScopedHandler<UserInfo>()
        .SetOrder(OpenIddictServerHandlers.UserInfo.AttachClaims.Descriptor.Order + 500)
        .Build();

    public async ValueTask HandleAsync(HandleUserInfoRequestContext context)
    {
        // sub and what the scopes give, as the specification has it; the engine's iss and aud belong to signed answers.
        context.Issuer = null;
        context.Audiences.Clear();
        if (!context.AccessTokenPrincipal.HasScope(Scopes.OpenId))
        {
            // A client that acts for itself is no user (OpenID Connect Core 5.3).
            context.Reject(Errors.InsufficientScope, "The access token was not issued with the scope openid.");
            return;
        }

        if (context.AccessTokenPrincipal.HasScope(Scopes.Profile)
            && Guid.TryParse(context.AccessTokenPrincipal.GetAuthorizationId(), out var grantId)
            && await db.Set<OidcGrant>().FindAsync([grantId], context.CancellationToken) is { PersonId: { } personId }
            && await persons.PersonAsync(personId, context.CancellationToken) is { } person)
        {
            // Recorded before it is told: no name leaves without an entry.
            audit.Record(ConnectEvents.PersonRead, ConnectEvents.ActorOf(context.AccessTokenPrincipal.GetClaim(Claims.ClientId)!), personId);
            await db.SaveChangesAsync(context.CancellationToken);
            context.Claims[Claims.Name] = person.Name;
        }
    }
}
