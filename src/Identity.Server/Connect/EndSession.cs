using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect;

/// <summary>What the page asks, or says.</summary>
internal sealed record SignOutModel(bool Done, string? ClientName, IReadOnlyList<KeyValuePair<string, string>> Parameters);

/// <summary>
/// OpenID Connect RP-Initiated Logout 1.0. Only an identity token of this very session signs out without asking; anybody can make
/// a link, so all else is a question first. A hint that does not check out never redirects.
/// </summary>
internal sealed class EndSession(ClientDirectory clients, Sessions sessions, IAntiforgery antiforgery)
{
    public const string ConfirmParameter = "confirm";

    private const string Engine = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void Map(IEndpointRouteBuilder connect) =>
        connect.MapMethods("/endsession", [HttpMethods.Get, HttpMethods.Post], (HttpContext http, EndSession endSession, CancellationToken cancellationToken) =>
            endSession.HandleAsync(http, cancellationToken));

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.GetOpenIddictServerResponse() is { } refusal)
        {
            return new Refusal(refusal.Error ?? Errors.InvalidRequest, refusal.ErrorDescription);
        }

        // 1. Sent as a form by another site, the session's cookie is not with it: ask again by address.
        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("The engine passed no request on.");
        var confirms = request.HasParameter(ConfirmParameter);
        if (HttpMethods.IsPost(http.Request.Method) && !confirms)
        {
            return new SeeOther($"{http.Request.PathBase}{http.Request.Path}{QueryString.Create(ParametersOf(request).Select(p => KeyValuePair.Create<string, string?>(p.Key, p.Value)))}");
        }

        // 2. The engine has checked the hint's signature and that it is this client's; here it must be this session's.
        var session = await http.AuthenticateAsync(LoginSession.Scheme);
        var hint = string.IsNullOrEmpty(request.IdTokenHint) ? null : (await http.AuthenticateAsync(Engine)).Principal;
        var client = clients.Find(request.ClientId ?? hint?.GetAudiences().FirstOrDefault());
        var isKnown = hint?.GetClaim(LoginSession.SidClaim) is { } hinted
            && (session.Principal is null || session.Principal.GetClaim(LoginSession.SidClaim) == hinted);
        var isConfirmed = confirms && HttpMethods.IsPost(http.Request.Method) && await antiforgery.IsRequestValidAsync(http);
        if (!isKnown && !isConfirmed && session.Principal is not null)
        {
            if (client is not null && request.PostLogoutRedirectUri is { } target && RedirectUris.FitsPostLogout(client, target))
            {
                http.AllowFormsTo(new Uri(target));
            }

            return new View("SignOut", new SignOutModel(Done: false, client is null ? null : client.ShownName, [.. ParametersOf(request)]), StatusCodes.Status200OK);
        }

        // 3. Out, and every portal with it.
        if (session.Principal?.GetClaim(LoginSession.SidClaim) is { } sid)
        {
            await sessions.EndAsync(sid, cancellationToken);
            await http.SignOutAsync(LoginSession.Scheme);
        }

        // 4. Back to the application, if it named itself with a registered address and somebody vouched for it: its token, or the person.
        var mayReturn = request.PostLogoutRedirectUri is { } back && client is not null && RedirectUris.FitsPostLogout(client, back) && (isKnown || isConfirmed);
        return mayReturn
            ? TypedResults.SignOut(authenticationSchemes: [Engine])
            : new View("SignOut", new SignOutModel(Done: true, null, []), StatusCodes.Status200OK);
    }

    private static IEnumerable<KeyValuePair<string, string>> ParametersOf(OpenIddictRequest request) =>
        from parameter in request.GetParameters()
        where parameter.Key is "id_token_hint" or "client_id" or "post_logout_redirect_uri" or "state" or "ui_locales"
        let value = (string?)parameter.Value
        where value is not null
        select KeyValuePair.Create(parameter.Key, value);
}
