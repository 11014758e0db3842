using Identity.Server.Accounts;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;

namespace Identity.Server.Connect;

/// <summary>RP-initiated logout.</summary>
internal sealed class EndSession(Sessions sessions)
{
    public static void Map(IEndpointRouteBuilder connect) =>
        connect.MapMethods("/endsession", [HttpMethods.Get, HttpMethods.Post], (HttpContext http, EndSession endSession, CancellationToken cancellationToken) =>
            endSession.HandleAsync(http, cancellationToken));

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.GetOpenIddictServerResponse() is { } refusal)
        {
            return TypedResults.Text($"{refusal.Error}: {refusal.ErrorDescription}", statusCode: StatusCodes.Status400BadRequest);
        }

        var session = await http.AuthenticateAsync(LoginSession.Scheme);
        if (session.Principal?.GetClaim(LoginSession.SidClaim) is { } sid)
        {
            await sessions.EndAsync(sid, cancellationToken);
            await http.SignOutAsync(LoginSession.Scheme);
        }

        return TypedResults.SignOut(authenticationSchemes: [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
    }
}
