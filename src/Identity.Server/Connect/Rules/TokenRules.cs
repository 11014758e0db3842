using System.Buffers;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Rules;

/// <summary>What we ask of a token request beyond the engine's own checks.</summary>
internal sealed class TokenRules(IOptions<Origins> origins) : IOpenIddictServerHandler<ValidateTokenRequestContext>
{
    // RFC 7636 4.1: unreserved characters, 43 to 128 of them. A shorter verifier can be guessed.
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~");

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ValidateTokenRequestContext>()
        .UseSingletonHandler<TokenRules>()
        .SetOrder(OpenIddictServerHandlers.Exchange.ValidateGrantType.Descriptor.Order - 500)
        .Build();

    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        var request = context.Request;
        if (!request.IsTokenExchangeGrantType() && Resources.Fault(request, Origins.TextOf(origins.Value.Login)) is var (error, description))
        {
            context.Reject(error, description);
            return ValueTask.CompletedTask;
        }

        if (!request.IsAuthorizationCodeGrantType())
        {
            return ValueTask.CompletedTask;
        }

        // Real clients send scope beside the code. The code has its scopes; the parameter has no meaning here (RFC 6749 4.1.3).
        request.Scope = null;

        if (!IsVerifier(request.CodeVerifier))
        {
            context.Reject(Errors.InvalidGrant, "The code_verifier is missing or has not 43 to 128 unreserved characters.");
        }

        return ValueTask.CompletedTask;
    }

    public static bool IsVerifier(string? verifier) => verifier is { Length: >= 43 and <= 128 } && !verifier.AsSpan().ContainsAnyExcept(Unreserved);
}
