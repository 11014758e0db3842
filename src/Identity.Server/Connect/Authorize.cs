using System.Security.Claims;
using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect;

/// <summary>The authorization endpoint: who sits there, is that fresh enough, and then a code for the client.</summary>
internal sealed class Authorize(ClientDirectory clients, GrantAccess grantAccess, IOptions<Origins> origins)
{
    private const string Engine = OpenIddictServerAspNetCoreDefaults.AuthenticationScheme;

    public static void Map(IEndpointRouteBuilder connect) =>
        connect.MapMethods("/authorize", [HttpMethods.Get, HttpMethods.Post], (HttpContext http, Authorize authorize, CancellationToken cancellationToken) =>
            authorize.HandleAsync(http, cancellationToken));

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        // 1. What the engine refused and could not send back to a client it knows is told to the person.
        if (http.GetOpenIddictServerResponse() is { } refusal)
        {
            return TypedResults.Text($"{refusal.Error}: {refusal.ErrorDescription}", statusCode: StatusCodes.Status400BadRequest);
        }

        var request = http.GetOpenIddictServerRequest() ?? throw new InvalidOperationException("The engine passed no request on.");
        var client = clients.Find(request.ClientId) ?? throw new InvalidOperationException("The engine knows a client that is not configured.");

        // 2. Who sits there?
        var session = await http.AuthenticateAsync(LoginSession.Scheme);
        if (session.Principal is not { } person)
        {
            return request.HasPromptValue(PromptValues.None)
                ? Refuse(Errors.LoginRequired, "Nobody is signed in.")
                : TypedResults.Challenge(new AuthenticationProperties { RedirectUri = http.Request.PathBase + http.Request.Path + http.Request.QueryString }, [LoginSession.Scheme]);
        }

        // 3. Let the client in.
        var scopes = request.GetScopes();
        var grantId = await grantAccess.HandleAsync(client, Caller.Of(person), person.GetClaim(LoginSession.SidClaim)!, scopes, cancellationToken);
        return TypedResults.SignIn(PrincipalOf(person, scopes, grantId), authenticationScheme: Engine);
    }

    private ClaimsPrincipal PrincipalOf(ClaimsPrincipal person, IReadOnlyList<string> scopes, Guid grantId)
    {
        var caller = Caller.Of(person);
        var identity = new ClaimsIdentity("connect", Claims.Subject, Claims.Role);
        identity.SetClaim(Claims.Subject, caller.AccountId.ToString());
        identity.AddClaim(ForIdentityToken(new Claim(LoginSession.SidClaim, person.GetClaim(LoginSession.SidClaim)!)));
        identity.AddClaim(ForIdentityToken(new Claim(Claims.AuthenticationTime, person.GetClaim(LoginSession.AuthTimeClaim)!, ClaimValueTypes.Integer64)));
        identity.AddClaim(ForIdentityToken(new Claim(Claims.AuthenticationContextReference, Assurance.NameOf(caller.Level))));
        foreach (var method in person.FindAll(LoginSession.AmrClaim))
        {
            identity.AddClaim(ForIdentityToken(new Claim(Claims.AuthenticationMethodReference, method.Value)));
        }

        identity.SetScopes(scopes);
        identity.SetResources(Origins.TextOf(origins.Value.Login));
        identity.SetAuthorizationId(grantId.ToString());
        return new ClaimsPrincipal(identity);
    }

    private static Claim ForIdentityToken(Claim claim) => claim.SetDestinations(Destinations.IdentityToken);

    private static ForbidHttpResult Refuse(string error, string description) =>
        TypedResults.Forbid(
            new AuthenticationProperties(new Dictionary<string, string?>
            {
                [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
                [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
            }),
            [Engine]);
}
