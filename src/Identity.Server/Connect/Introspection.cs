using Identity.Server.Clients;
using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect;

/// <summary>
/// What the engine does not know of a token (RFC 7662): that the consent behind it has ended or allows less by now, whom an exchanged one is
/// about, and the scheme of a bound one.
/// </summary>
internal sealed class Introspection(ServerDbContext db, ClientDirectory clients, Consents consents, Presence presence, PairwiseSubjects subjects, TimeProvider clock) : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleIntrospectionRequestContext>()
        .UseScopedHandler<Introspection>()
        .SetOrder(OpenIddictServerHandlers.Introspection.AttachApplicationClaims.Descriptor.Order + 500)
        .Build();

    public async ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        var token = context.GenericTokenPrincipal;
        if (Guid.TryParse(token.GetAuthorizationId(), out var grantId) && await db.Set<OidcGrant>().FindAsync([grantId], context.CancellationToken) is { } grant && !await StandsAsync(context, grant))
        {
            context.Reject(Errors.InvalidToken, "What was allowed has ended.");
            return;
        }

        // A refresh token's own subject is the account's id; whoever introspects it learns the client's pairwise one (RFC 7662 2.2).
        if (token.HasTokenType(TokenTypeIdentifiers.RefreshToken) && context.Subject is { } accountId && token.GetPresenters().FirstOrDefault() is { } clientId)
        {
            context.Subject = subjects.Of(accountId, clientId);
        }

        // RFC 9449 6.2.
        if (context.Confirmation?.ContainsKey("jkt") == true)
        {
            context.TokenType = "DPoP";
        }
    }

    private async Task<bool> StandsAsync(HandleIntrospectionRequestContext context, OidcGrant grant)
    {
        var token = context.GenericTokenPrincipal;
        if (grant.EndsAt <= clock.GetUtcNow())
        {
            return false;
        }

        if (!token.HasClaim(TokenExchange.ActorClaim))
        {
            return true;
        }

        // RFC 8693: it is worth what the person allows the service now, while the person is there. Only the two parties get here, and each knows the person by its own name.
        if (clients.Find(token.GetAudiences()[0]) is not { } target || await presence.FindAsync(token, context.CancellationToken) is null)
        {
            return false;
        }

        if (await consents.AllowedNowAsync(target, Guid.Parse(grant.Subject!), context.CancellationToken) is { } allowed)
        {
            if (allowed.Count == 0)
            {
                return false;
            }

            context.Scopes.IntersectWith(allowed);
        }

        context.Subject = subjects.Of(grant.Subject!, context.Request.ClientId!);
        return true;
    }
}
