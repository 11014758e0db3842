using Identity.Server.Clients;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>Notes each refused request for the client's developer: the error as the client got it, and nothing else of the request but a foreign redirect URI.</summary>
internal sealed class FailureNotes<TContext>(RequestLog log) : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<TContext>()
        .UseSingletonHandler<FailureNotes<TContext>>()
        .SetOrder(int.MinValue + 50_000)
        .Build();

    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction is { Response.Error: { Length: > 0 } error, Request: { } request })
        {
            log.Add(request.ClientId, NameOf(context.EndpointType), error, context.Transaction.Response.ErrorDescription, request.RedirectUri);
        }

        return ValueTask.CompletedTask;
    }

    private static string NameOf(OpenIddictServerEndpointType endpoint) => endpoint switch
    {
        OpenIddictServerEndpointType.Authorization => "authorize",
        OpenIddictServerEndpointType.PushedAuthorization => "par",
        OpenIddictServerEndpointType.Token => "token",
        OpenIddictServerEndpointType.Introspection => "introspect",
        OpenIddictServerEndpointType.Revocation => "revoke",
        OpenIddictServerEndpointType.EndSession => "endsession",
        _ => "other",
    };
}
