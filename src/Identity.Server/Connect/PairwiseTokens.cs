using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>
/// Puts the pairwise <c>sub</c> into what leaves the house (access and identity tokens). Codes, refresh tokens and the rows keep
/// the account's id: they are how we find back.
/// </summary>
internal sealed class PairwiseTokens(PairwiseSubjects subjects) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<GenerateTokenContext>()
        .UseSingletonHandler<PairwiseTokens>()
        .SetOrder(OpenIddictServerHandlers.Protection.AttachTokenSubject.Descriptor.Order + 500)
        .Build();

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        // A client that acts for itself has no account: there, subject and client are the same.
        if (context.TokenType is TokenTypeIdentifiers.AccessToken or TokenTypeIdentifiers.IdentityToken
            && context.ClientId is { } clientId
            && context.SecurityTokenDescriptor.Subject is { } identity
            && identity.GetClaim(Claims.Subject) is { } accountId && accountId != clientId)
        {
            identity.SetClaim(Claims.Subject, context.Principal.HasClaim(TokenExchange.ActorClaim) ? subjects.Between(accountId, clientId, context.Principal.GetAudiences()[0]) : subjects.Of(accountId, clientId));
        }

        return ValueTask.CompletedTask;
    }
}
