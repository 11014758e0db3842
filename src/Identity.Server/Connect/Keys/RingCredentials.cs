using Identity.Server.Clients;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect.Keys;

/// <summary>
/// Says which key makes a token, at the moment when it is made: the public one for what leaves the house, our own for what only we read.
/// The engine by itself would take the first of its list, which it sorts once.
/// </summary>
internal sealed class RingCredentials(OidcKeyRing ring, ClientDirectory clients) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<GenerateTokenContext>()
        .UseSingletonHandler<RingCredentials>()
        .SetOrder(OpenIddictServerHandlers.Protection.AttachSecurityCredentials.Descriptor.Order + 100)
        .Build();

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        if (context.TokenType is TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken)
        {
            var readsRs256 = context.TokenType == TokenTypeIdentifiers.IdentityToken && context.Principal.GetAudiences() is [var client] && clients.Find(client) is { ReadsRs256: true };
            context.SigningCredentials = ring.Active(readsRs256 ? OidcKeyUse.SigningRsa : OidcKeyUse.Signing).Signing;
            context.EncryptionCredentials = null;
        }
        else
        {
            var own = ring.Active(OidcKeyUse.Own);
            context.SigningCredentials = own.Signing;
            context.EncryptionCredentials = own.Encrypting;
        }

        return ValueTask.CompletedTask;
    }
}
