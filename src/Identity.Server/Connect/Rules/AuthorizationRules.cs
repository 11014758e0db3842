using System.Buffers;
using System.Globalization;
using Identity.Server.Clients;
using Identity.Server.Connect.Proofs;
using Identity.Server.Web;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Rules;

/// <summary>
/// What we ask of an authorization request beyond the engine's own checks. Client and redirect URI come first: only when both are
/// known may a later fault be told to the client, and everything else is told to the person in front of the screen.
/// </summary>
internal sealed class AuthorizationRules(ClientDirectory clients, PushedRequests pushed, IOptions<Origins> origins) :
    IOpenIddictServerHandler<ValidateAuthorizationRequestContext>,
    IOpenIddictServerHandler<ValidatePushedAuthorizationRequestContext>
{
    /// <summary>Transaction property: where errors may go, once that is known.</summary>
    public const string CheckedRedirectUri = "onecode:checked_redirect_uri";

    // SHA-256 as base64url: RFC 7636 4.2 leaves no other length.
    private const int ChallengeLength = 43;

    private static readonly SearchValues<char> Base64UrlCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Before all else for a request in the address; when it is there for one that was pushed; and when one is pushed.</summary>
    public static IEnumerable<OpenIddictServerHandlerDescriptor> Descriptors { get; } =
    [
        OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>().UseSingletonHandler<AuthorizationRules>().SetOrder(OpenIddictServerHandlers.Authentication.ValidateRequestParameter.Descriptor.Order - 500).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateAuthorizationRequestContext>().UseSingletonHandler<AuthorizationRules>().SetOrder(OpenIddictServerHandlers.Authentication.ValidateAuthentication.Descriptor.Order + 500).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ValidatePushedAuthorizationRequestContext>().UseSingletonHandler<AuthorizationRules>().SetOrder(OpenIddictServerHandlers.Authentication.ValidatePushedAuthentication.Descriptor.Order + 500).Build(),
    ];

    public ValueTask HandleAsync(ValidateAuthorizationRequestContext context)
    {
        var request = context.Request;

        // 1. Who asks, and may the answer go there? Refused without a redirect (RFC 6749 4.1.2.1).
        if (clients.Find(request.ClientId) is not { HasCodeFlow: true } client)
        {
            context.Reject(Errors.InvalidRequest, "The client_id is not known here.");
            return ValueTask.CompletedTask;
        }

        // What was pushed is not there yet: the engine is about to look, or to refuse an address of the client's own, which it is told.
        if (request.RequestUri is { } requestUri && context.RequestTokenPrincipal is null)
        {
            if (!requestUri.StartsWith(RequestUris.Prefixes.Generic, StringComparison.Ordinal) && request.RedirectUri is { } back && RedirectUris.Fits(client, back))
            {
                TellErrorsTo(context, client, back);
            }

            return ValueTask.CompletedTask;
        }

        if (context.RequestTokenPrincipal is { } token && !pushed.IsInTime(context.Transaction.GetHttpRequest()!, request.RequestUri!, token))
        {
            context.Reject(Errors.InvalidRequest, "The request_uri has expired.");
            return ValueTask.CompletedTask;
        }

        if (request.RedirectUri is not { } redirectUri || !RedirectUris.Fits(client, redirectUri))
        {
            context.Reject(Errors.InvalidRequest, "The redirect_uri is missing or is not registered, character by character, for this client.");
            return ValueTask.CompletedTask;
        }

        TellErrorsTo(context, client, redirectUri);
        if (client.MustPush && context.RequestTokenPrincipal is null)
        {
            context.Reject(Errors.InvalidRequest, "This client's requests come by PAR (RFC 9126).");
        }
        else if (Fault(request, client) is var (error, description))
        {
            context.Reject(error, description);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ValidatePushedAuthorizationRequestContext context)
    {
        var request = context.Request;
        if (clients.Find(request.ClientId) is not { HasCodeFlow: true } client)
        {
            context.Reject(Errors.UnauthorizedClient, "This client has no authorization code flow.");
        }
        else if (request.RedirectUri is not { } redirectUri || !RedirectUris.Fits(client, redirectUri))
        {
            context.Reject(Errors.InvalidRequest, "The redirect_uri is missing or is not registered, character by character, for this client.");
        }
        else if (Fault(request, client) is var (error, description))
        {
            context.Reject(error, description);
        }

        return ValueTask.CompletedTask;
    }

    // Anybody can register an address: until somebody has looked at it, errors are no way to send people there (RFC 9700 4.11.2).
    private static void TellErrorsTo(ValidateAuthorizationRequestContext context, ClientSettings client, string redirectUri)
    {
        if (client.Registration is not { OnlyFor: not null })
        {
            context.Transaction.Properties[CheckedRedirectUri] = redirectUri;
        }
    }

    /// <summary>What is wrong with the request itself, of a client and a redirect URI that fit. Scopes that nobody knows are taken out.</summary>
    public (string Error, string Description)? Fault(OpenIddictRequest request, ClientSettings client)
    {
        // What the engine reads as the code flow and then cannot answer: it failed with 500 at "code code".
        if (request.ResponseType is { } type && type != ResponseTypes.Code && type.Split(' ').All(part => part is ResponseTypes.Code or ""))
        {
            request.ResponseType = null;
            return (Errors.UnsupportedResponseType, "The response_type is code, said once.");
        }

        // 2. Specified, meaningful and not offered: silence would let the client believe that it was done.
        if (request.HasParameter("claims") && StepUp.FaultOf((string?)request["claims"]) is { } inClaims)
        {
            return inClaims;
        }

        if (request.HasParameter("registration"))
        {
            return ("registration_not_supported", "Clients are registered beforehand.");
        }

        if (request.HasParameter("max_age") && !int.TryParse((string?)request["max_age"], NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return (Errors.InvalidRequest, "max_age must be a number of seconds, not negative.");
        }

        // 3. PKCE with S256, for everybody (RFC 9700 2.1.1).
        if (request.CodeChallengeMethod != CodeChallengeMethods.Sha256
            || request.CodeChallenge is not { Length: ChallengeLength } challenge || challenge.AsSpan().ContainsAnyExcept(Base64UrlCharacters))
        {
            return (Errors.InvalidRequest, "A code_challenge with code_challenge_method S256 is required of every client.");
        }

        // RFC 9449 10: the digest of a key, spelled as we spell it, or no code would ever fit.
        if (request.HasParameter(DpopAtServer.JktParameter)
            && ((string?)request[DpopAtServer.JktParameter] is not { Length: ChallengeLength } key || key.AsSpan().ContainsAnyExcept(Base64UrlCharacters)))
        {
            return (Errors.InvalidRequest, "dpop_jkt must be the base64url-encoded SHA-256 thumbprint of a key.");
        }

        // RFC 8707: tokens from here are for this server alone.
        if (Resources.Fault(request, Origins.TextOf(origins.Value.Login)) is { } foreignResource)
        {
            return foreignResource;
        }

        // 4. Scopes that nobody knows are passed over (OpenID Connect Core 3.1.2.1), those of others are refused.
        var asked = request.GetScopes();
        var known = asked.Where(scope => ClientRules.KnownScopes.Contains(scope) && (scope != Scopes.OfflineAccess || client.MayStayOffline)).ToArray();
        if (Array.Find(known, scope => scope != Scopes.OpenId && !client.Scopes.Contains(scope)) is { } foreign)
        {
            return (Errors.InvalidScope, $"This client may not ask for the scope '{foreign}'.");
        }

        request.Scope = known.Length == 0 ? null : string.Join(' ', known);
        return null;
    }
}
