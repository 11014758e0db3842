using System.Security.Claims;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>RFC 6749 4.4: a client acts for itself. The engine has checked its secret; here it gets its principal.</summary>
internal sealed class ClientCredentials(IOptions<Origins> origins) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleTokenRequestContext>()
        .UseSingletonHandler<ClientCredentials>()
        .SetOrder(500_000)
        .Build();

    public ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (context.Request.IsClientCredentialsGrantType())
        {
            var identity = new ClaimsIdentity("client-credentials", Claims.Subject, Claims.Role);
            identity.SetClaim(Claims.Subject, context.ClientId!);
            identity.SetScopes(context.Request.GetScopes());
            identity.SetResources(Origins.TextOf(origins.Value.Login));
            context.SignIn(new ClaimsPrincipal(identity));
        }

        return ValueTask.CompletedTask;
    }
}
