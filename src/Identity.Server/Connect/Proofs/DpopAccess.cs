using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Validation;
using OpenIddict.Validation.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Validation.OpenIddictValidationEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Proofs;

/// <summary>
/// DPoP at <c>/api</c> (RFC 9449 7): a bound token counts with a proof of its key and not otherwise, and what is refused is told in
/// the scheme that the caller used. It hangs on the one place where access tokens are checked, so no endpoint can forget it.
/// </summary>
internal sealed class DpopAccess(DpopProofs proofs) :
    IOpenIddictValidationHandler<ProcessAuthenticationContext>,
    IOpenIddictValidationHandler<ValidateTokenContext>,
    IOpenIddictValidationHandler<ProcessChallengeContext>
{
    public static IEnumerable<OpenIddictValidationHandlerDescriptor> Descriptors { get; } =
    [
        OpenIddictValidationHandlerDescriptor.CreateBuilder<ProcessAuthenticationContext>().UseSingletonHandler<DpopAccess>().SetOrder(OpenIddictValidationAspNetCoreHandlers.ExtractAccessTokenFromAuthorizationHeader.Descriptor.Order + 100).Build(),
        OpenIddictValidationHandlerDescriptor.CreateBuilder<ValidateTokenContext>().UseSingletonHandler<DpopAccess>().SetOrder(OpenIddictValidationHandlers.Protection.ValidateProofOfPossession.Descriptor.Order).Build(),
        OpenIddictValidationHandlerDescriptor.CreateBuilder<ProcessChallengeContext>().UseSingletonHandler<DpopAccess>().SetOrder(OpenIddictValidationAspNetCoreHandlers.AttachWwwAuthenticateHeader<ProcessChallengeContext>.Descriptor.Order + 500).Build(),
    ];

    public ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        context.AccessToken ??= DpopAtServer.TokenOf(context.Transaction.GetHttpRequest()!);
        return ValueTask.CompletedTask;
    }

    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.Principal is { } principal
            && await FaultAsync(proofs, context.Transaction.GetHttpRequest()!, context.Token, principal.GetClaim(Claims.Confirmation), context.CancellationToken) is var (error, description))
        {
            context.Reject(error, description);
        }
    }

    public ValueTask HandleAsync(ProcessChallengeContext context)
    {
        if (context.Response.Error is { } error)
        {
            Challenge(context.Transaction.GetHttpRequest()!.HttpContext, error);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Why this token does not count on this request; null when it does.</summary>
    public static async Task<(string Error, string Description)?> FaultAsync(
        DpopProofs proofs, HttpRequest http, string? token, string? confirmation, CancellationToken cancellationToken)
    {
        var usesScheme = DpopAtServer.TokenOf(http) is not null;
        if (DpopProofs.ThumbprintOf(confirmation) is not { } bound)
        {
            // RFC 9449 7.1: a token that is bound to nothing proves nothing by this scheme.
            return usesScheme ? (Errors.InvalidToken, "The access token is not bound to a key: it goes with the scheme Bearer.") : null;
        }

        if (!usesScheme)
        {
            return (Errors.InvalidToken, "The access token is bound to a key: it goes with the scheme DPoP and a proof.");
        }

        switch (await proofs.CheckAsync(http, token, cancellationToken))
        {
            case DpopOutcome.Proved { Thumbprint: var thumbprint } when thumbprint == bound:
                return null;
            case DpopOutcome.Proved:
                return (Errors.InvalidToken, "The access token is bound to another key.");
            case DpopOutcome.Refused refused:
                return (refused.Error, refused.Description);
            default:
                proofs.OfferNonce(http);
                return (DpopProofs.InvalidProof, "The DPoP header is missing.");
        }
    }

    /// <summary>Says in the right scheme, and with 401, what the engine says as Bearer (RFC 9449 7.1).</summary>
    public static void Challenge(HttpContext http, string error)
    {
        var headers = http.Response.Headers;
        var algorithms = $"algs=\"{DpopProofs.Algorithms}\"";
        if (error is DpopProofs.InvalidProof or DpopProofs.UseNonce)
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
        }

        if (DpopAtServer.TokenOf(http.Request) is not null)
        {
            headers.WWWAuthenticate = headers.WWWAuthenticate.ToString().Replace("Bearer", "DPoP", StringComparison.Ordinal) + ", " + algorithms;
        }
        else if (http.Request.Headers.Authorization.Count == 0)
        {
            headers.Append("WWW-Authenticate", $"DPoP {algorithms}");
        }
    }
}
