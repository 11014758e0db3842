using Identity.Server.Accounts;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>
/// RFC 7009 2.1: who revokes a refresh token ends the grant and every token of it. For a wallet that is signing the device out,
/// and its codes end with it. Before the engine revokes the token: were this to fail after it, the client's second try would be
/// answered "done" (2.2) and the codes would live on.
/// </summary>
internal sealed class RevokeGrant(EndGrant endGrant) : IOpenIddictServerHandler<HandleRevocationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleRevocationRequestContext>()
        .UseScopedHandler<RevokeGrant>()
        .SetOrder(OpenIddictServerHandlers.Revocation.RevokeToken.Descriptor.Order - 500)
        .Build();

    public async ValueTask HandleAsync(HandleRevocationRequestContext context)
    {
        var principal = context.GenericTokenPrincipal;
        if (principal.HasTokenType(TokenTypeIdentifiers.RefreshToken) && principal.GetAuthorizationId() is { } grantId
            && Guid.TryParse(principal.GetClaim(Claims.Subject), out var accountId))
        {
            await endGrant.HandleAsync(accountId, grantId, context.CancellationToken);
        }
    }
}
