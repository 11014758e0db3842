using System.Text.Json;
using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>What the discovery document says beyond the engine, and what it does not say because it is not offered.</summary>
internal sealed class Metadata(IOptions<Origins> origins) : IOpenIddictServerHandler<HandleConfigurationRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleConfigurationRequestContext>()
        .UseSingletonHandler<Metadata>()
        .SetOrder(OpenIddictServerHandlers.Discovery.AttachAdditionalMetadata.Descriptor.Order + 500)
        .Build();

    public ValueTask HandleAsync(HandleConfigurationRequestContext context)
    {
        var algorithms = JsonSerializer.SerializeToElement(PublicKey.Algorithms);
        context.Metadata["token_endpoint_auth_signing_alg_values_supported"] = algorithms;
        context.Metadata["introspection_endpoint_auth_signing_alg_values_supported"] = algorithms;
        context.Metadata["revocation_endpoint_auth_signing_alg_values_supported"] = algorithms;
        context.Metadata["registration_endpoint"] = Origins.TextOf(origins.Value.Login) + "/connect/register";
        context.Metadata["backchannel_logout_supported"] = true;
        context.Metadata["backchannel_logout_session_supported"] = true;
        context.Metadata["claims_parameter_supported"] = true;
        context.Metadata["acr_values_supported"] = JsonSerializer.SerializeToElement(Assurance.Names);
        context.Metadata["dpop_signing_alg_values_supported"] = algorithms;
        return ValueTask.CompletedTask;
    }
}
