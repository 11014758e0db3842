using System.Text.Json;
using Identity.Server.Clients;
using Microsoft.AspNetCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Proofs;

/// <summary>
/// DPoP at the OIDC endpoints (RFC 9449), which the engine does not know: proofs where tokens are asked for, tokens and codes bound to
/// the key, and userinfo as the protected resource that it is.
/// </summary>
internal sealed class DpopAtServer(ClientDirectory clients, DpopProofs proofs) :
    IOpenIddictServerHandler<ProcessAuthenticationContext>,
    IOpenIddictServerHandler<ValidateTokenRequestContext>,
    IOpenIddictServerHandler<ProcessSignInContext>,
    IOpenIddictServerHandler<ApplyTokenResponseContext>,
    IOpenIddictServerHandler<ExtractUserInfoRequestContext>,
    IOpenIddictServerHandler<ValidateTokenContext>,
    IOpenIddictServerHandler<ApplyUserInfoResponseContext>
{
    /// <summary>RFC 9449 10: the key that the code will be bound to. As a parameter, and as our own claim in codes.</summary>
    public const string JktParameter = "dpop_jkt";

    /// <summary>In codes: the key that must redeem them.</summary>
    public const string CodeKeyClaim = "onecode:dpop_jkt";

    // In refresh tokens of public clients. Not cnf: those are for access tokens, and the engine reads them in its own way.
    private const string RefreshKeyClaim = "onecode:jkt";

    // Of the transaction: the key that was proved.
    private const string Proved = "onecode:dpop";

    /// <summary>Order of the first check: after the client has proved itself, before its code or refresh token is looked at.</summary>
    public static int AtAuthentication { get; } = OpenIddictServerHandlers.ValidateClientCertificate.Descriptor.Order + 500;

    public static IEnumerable<OpenIddictServerHandlerDescriptor> Descriptors { get; } =
    [
        OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessAuthenticationContext>().UseSingletonHandler<DpopAtServer>().SetOrder(AtAuthentication).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenRequestContext>().UseSingletonHandler<DpopAtServer>().SetOrder(OpenIddictServerHandlers.Exchange.ValidateAuthentication.Descriptor.Order + 500).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ProcessSignInContext>().UseSingletonHandler<DpopAtServer>().SetOrder(OpenIddictServerHandlers.PrepareIdentityTokenPrincipal.Descriptor.Order + 500).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyTokenResponseContext>().UseSingletonHandler<DpopAtServer>().SetOrder(int.MinValue + 100_000).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ExtractUserInfoRequestContext>().UseSingletonHandler<DpopAtServer>().SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractAccessToken<ExtractUserInfoRequestContext>.Descriptor.Order + 500).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ValidateTokenContext>().UseSingletonHandler<DpopAtServer>().SetOrder(OpenIddictServerHandlers.Protection.ValidateProofOfPossession.Descriptor.Order).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyUserInfoResponseContext>().UseSingletonHandler<DpopAtServer>().SetOrder(OpenIddictServerAspNetCoreHandlers.AttachWwwAuthenticateHeader<ApplyUserInfoResponseContext>.Descriptor.Order + 500).Build(),
    ];

    /// <summary>Token and PAR endpoint: the proof.</summary>
    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.EndpointType is not (OpenIddictServerEndpointType.Token or OpenIddictServerEndpointType.PushedAuthorization))
        {
            return;
        }

        var http = context.Transaction.GetHttpRequest()!;
        switch (await proofs.CheckAsync(http, accessToken: null, context.CancellationToken))
        {
            case DpopOutcome.Refused refused:
                context.Reject(refused.Error, refused.Description);
                return;

            case DpopOutcome.Absent when context.EndpointType == OpenIddictServerEndpointType.Token && clients.Find(context.ClientId) is { MustBind: true }:
                proofs.OfferNonce(http);
                context.Reject(DpopProofs.InvalidProof, "This client's token requests carry a DPoP proof (RFC 9449).");
                return;

            case DpopOutcome.Proved { Thumbprint: var thumbprint }:
                context.Transaction.Properties[Proved] = thumbprint;
                if (context.EndpointType == OpenIddictServerEndpointType.PushedAuthorization)
                {
                    // RFC 9449 10.1: a proof at PAR binds the code as dpop_jkt would; two keys are one too many.
                    if ((string?)context.Request[JktParameter] is { } said && said != thumbprint)
                    {
                        context.Reject(DpopProofs.InvalidProof, "dpop_jkt names another key than the DPoP proof.");
                        return;
                    }

                    context.Request[JktParameter] = thumbprint;
                }

                break;
        }
    }

    /// <summary>Token endpoint: is it the key that the code or the refresh token is bound to?</summary>
    public ValueTask HandleAsync(ValidateTokenRequestContext context)
    {
        var bound = context.AuthorizationCodePrincipal?.GetClaim(CodeKeyClaim) ?? context.RefreshTokenPrincipal?.GetClaim(RefreshKeyClaim);
        if (bound is not null && bound != ProvedIn(context.Transaction))
        {
            context.Reject(Errors.InvalidGrant, "The code or refresh token is bound to another key than that of the DPoP proof.");
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Binds what is about to be issued.</summary>
    public ValueTask HandleAsync(ProcessSignInContext context)
    {
        if (context.EndpointType == OpenIddictServerEndpointType.Token && ProvedIn(context.Transaction) is { } thumbprint)
        {
            context.AccessTokenPrincipal?.SetClaim(Claims.Confirmation, JsonSerializer.SerializeToElement(new { jkt = thumbprint }));
            context.IssuedTokenPrincipal?.SetClaim(Claims.Confirmation, JsonSerializer.SerializeToElement(new { jkt = thumbprint }));

            // A confidential client proves itself at each renewal; it may change its key (RFC 9449 5).
            if (clients.Find(context.ClientId) is { IsPublic: true })
            {
                context.RefreshTokenPrincipal?.SetClaim(RefreshKeyClaim, thumbprint);
            }
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ApplyTokenResponseContext context)
    {
        if (context.Error is null && context.Response.AccessToken is not null && ProvedIn(context.Transaction) is not null)
        {
            context.Response.TokenType = "DPoP";
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Userinfo: the token of <c>Authorization: DPoP</c>.</summary>
    public ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        if (context.Transaction.Request is { } request && TokenOf(context.Transaction.GetHttpRequest()!) is { } token)
        {
            request.AccessToken = token;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Userinfo: the proof. Stands in for the engine's check, which fails at any binding but a certificate's.</summary>
    public async ValueTask HandleAsync(ValidateTokenContext context)
    {
        if (context.EndpointType == OpenIddictServerEndpointType.UserInfo && context.Principal is { } principal
            && await DpopAccess.FaultAsync(proofs, context.Transaction.GetHttpRequest()!, context.Token, principal.GetClaim(Claims.Confirmation), context.CancellationToken) is var (error, description))
        {
            context.Reject(error, description);
        }
    }

    public ValueTask HandleAsync(ApplyUserInfoResponseContext context)
    {
        if (context.Response.Error is { } error)
        {
            DpopAccess.Challenge(context.Transaction.GetHttpRequest()!.HttpContext, error);
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>The token of <c>Authorization: DPoP</c>; null for any other scheme.</summary>
    public static string? TokenOf(HttpRequest http) =>
        http.Headers.Authorization is [{ } header] && header.StartsWith(DpopProofs.Scheme, StringComparison.OrdinalIgnoreCase) ? header[DpopProofs.Scheme.Length..].Trim() : null;

    /// <summary>The key that this request has proved; null without a proof.</summary>
    public static string? ProvedIn(OpenIddictServerTransaction transaction) => transaction.Properties.TryGetValue(Proved, out var value) ? (string?)value : null;
}
