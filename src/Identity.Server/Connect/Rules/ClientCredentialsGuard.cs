using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Rules;

/// <summary>
/// What the <c>Authorization</c> header of RFC 6749 2.3.1 said has passed no other check: a name that no client can have does not
/// reach the database, and a giant secret is not hashed.
/// </summary>
internal sealed class ClientCredentialsGuard<TContext> : IOpenIddictServerHandler<TContext>
    where TContext : BaseValidatingContext
{
    private const int LongestId = 100;
    private const int LongestSecret = 512;

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<TContext>()
        .UseSingletonHandler<ClientCredentialsGuard<TContext>>()
        .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractBasicAuthenticationCredentials<TContext>.Descriptor.Order + 500)
        .Build();

    public ValueTask HandleAsync(TContext context)
    {
        if (context.Transaction.Request is { } request
            && (request.ClientId is { } id && (id.Length > LongestId || id.AsSpan().ContainsAnyExceptInRange(' ', '~')) || request.ClientSecret is { Length: > LongestSecret }))
        {
            context.Reject(Errors.InvalidClient, "The client is not known, or its secret is wrong.");
        }

        return ValueTask.CompletedTask;
    }
}
