using System.Globalization;
using System.Security.Claims;
using Identity.Server.Clients;
using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Web;
using OpenIddict.Abstractions;
using OpenIddict.Validation;
using static OpenIddict.Validation.OpenIddictValidationEvents;

namespace Identity.Server.Connect;

/// <summary>
/// Gives an access token's principal the facts of <see cref="Caller"/>. The token itself says only a pairwise subject; account,
/// person and level come from the grant's row, which was just read to see whether the grant still stands.
/// </summary>
internal sealed class CallerClaims(ServerDbContext db, ClientDirectory clients, Consents consents, TimeProvider clock) : IOpenIddictValidationHandler<ValidateTokenContext>
{
    public static OpenIddictValidationHandlerDescriptor Descriptor { get; } = OpenIddictValidationHandlerDescriptor
        .CreateBuilder<ValidateTokenContext>()
        .UseScopedHandler<CallerClaims>()
        .SetOrder(OpenIddictValidationHandlers.Protection.ValidateAuthorizationEntry.Descriptor.Order + 500)
        .Build();

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal?.Identity is not ClaimsIdentity identity || !Guid.TryParse(context.AuthorizationId, out var grantId)
            || await db.Set<OidcGrant>().FindAsync(grantId) is not { } grant)
        {
            return;
        }

        if (grant.EndsAt <= clock.GetUtcNow())
        {
            context.Reject(OpenIddictConstants.Errors.InvalidToken, "The consent has ended.");
            return;
        }

        identity.AddClaim(new Claim(Caller.AccountClaim, grant.Subject!));
        identity.AddClaim(new Claim(Caller.LevelClaim, grant.Level.ToString(CultureInfo.InvariantCulture)));
        if (grant.PersonId is { } personId)
        {
            identity.AddClaim(new Claim(Caller.PersonClaim, personId.ToString()));
        }

        if (clients.Find(identity.GetClaim(Caller.ClientClaim)) is not { } client)
        {
            return;
        }

        if (client.Wallet)
        {
            identity.AddClaim(new Claim(Caller.DeviceClaim, context.AuthorizationId));
        }

        // The token says what was allowed when it was made; the answer in force may allow less.
        if (await consents.AllowedNowAsync(client, Guid.Parse(grant.Subject!), CancellationToken.None) is { } allowed)
        {
            identity.SetScopes(context.Principal.GetScopes().Intersect(allowed));
        }
    }
}
