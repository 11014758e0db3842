using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Rules;

/// <summary>A client that nobody knows and one whose secret is wrong get the same words, and cost the same: the engine's tell which clients there are.</summary>
internal sealed class SameRefusal<TContext>(IOpenIddictApplicationManager clients) : IOpenIddictServerHandler<TContext>
    where TContext : BaseRequestContext
{
    public const string Words = "The client is not known, or its secret is wrong.";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<TContext>()
        .UseScopedHandler<SameRefusal<TContext>>()
        .SetOrder(int.MinValue + 50_000)
        .Build();

    public async ValueTask HandleAsync(TContext context)
    {
        // Descriptions of our own (ClientAssertion) say nothing of the kind and carry no link.
        if (context.Transaction.Response is { Error: Errors.InvalidClient, ErrorUri: not null } response)
        {
            response.ErrorDescription = Words;
            response.ErrorUri = null;
            if (context.Transaction.Request?.ClientSecret is { Length: > 0 } secret)
            {
                await ((OidcClients)clients).HashInVainAsync(secret, context.CancellationToken);
            }
        }
    }
}
