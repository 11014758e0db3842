using Identity.Server.Clients;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>
/// FAPI 2.0 Security Profile 5.3.2.1: refresh tokens of a client that proves itself with keys do not rotate. A lost answer would
/// sign it out, and a thief of the token alone could do nothing with it anyway.
/// </summary>
internal sealed class SteadyRefreshTokens(ClientDirectory clients) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ProcessSignInContext>()
        .UseSingletonHandler<SteadyRefreshTokens>()
        .SetOrder(OpenIddictServerHandlers.EvaluateGeneratedTokens.Descriptor.Order + 500)
        .Build();

    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (IsSteady(clients, context))
        {
            context.GenerateRefreshToken = false;
            context.IncludeRefreshToken = false;
        }

        return ValueTask.CompletedTask;
    }

    internal static bool IsSteady(ClientDirectory clients, ProcessSignInContext context) =>
        context.EndpointType == OpenIddictServerEndpointType.Token && context.Request.IsRefreshTokenGrantType() && clients.Find(context.ClientId) is { Fapi: true };
}

/// <summary>The engine's own step that uses a code or token up, for all but these.</summary>
internal sealed class RedeemTokens(ClientDirectory clients, IOpenIddictTokenManager tokens) : IOpenIddictServerHandler<ProcessSignInContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ProcessSignInContext>()
        .UseScopedHandler<RedeemTokens>()
        .SetOrder(OpenIddictServerHandlers.RedeemTokenEntry.Descriptor.Order)
        .Build();

    private readonly OpenIddictServerHandlers.RedeemTokenEntry _engine = new(tokens);

    public ValueTask HandleAsync(ProcessSignInContext context) =>
        SteadyRefreshTokens.IsSteady(clients, context) ? ValueTask.CompletedTask : _engine.HandleAsync(context);
}
