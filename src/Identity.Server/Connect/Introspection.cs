using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>A refresh token's own subject is the account's id; whoever introspects it learns the client's pairwise one (RFC 7662 2.2). A bound token says its scheme (RFC 9449 6.2).</summary>
internal sealed class Introspection(PairwiseSubjects subjects) : IOpenIddictServerHandler<HandleIntrospectionRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleIntrospectionRequestContext>()
        .UseSingletonHandler<Introspection>()
        .SetOrder(OpenIddictServerHandlers.Introspection.AttachMetadataClaims.Descriptor.Order + 500)
        .Build();

    public ValueTask HandleAsync(HandleIntrospectionRequestContext context)
    {
        if (context.GenericTokenPrincipal.HasTokenType(TokenTypeIdentifiers.RefreshToken)
            && context.Subject is { } accountId && context.GenericTokenPrincipal.GetPresenters().FirstOrDefault() is { } clientId)
        {
            context.Subject = subjects.Of(accountId, clientId);
        }

        if (context.Confirmation?.ContainsKey("jkt") == true)
        {
            context.TokenType = "DPoP";
        }

        return ValueTask.CompletedTask;
    }
}
