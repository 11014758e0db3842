using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace Identity.Server.Verification;

/// <param name="ClientId">Absent for anybody with a camera.</param>
/// <param name="Level">What the client is registered for.</param>
internal readonly record struct Verifier(string? ClientId, VerifierLevel Level);

/// <summary>Who asks: nobody in particular, or a verifier with a token. A token that is no good is refused, not taken for none.</summary>
internal sealed class VerifierAccess(IAuthorizationPolicyProvider policies, IPolicyEvaluator evaluator, ClientDirectory clients)
{
    public async ValueTask<(Verifier Verifier, IResult? Refusal)> OfAsync(HttpContext http)
    {
        if (http.Request.Headers.Authorization.Count == 0)
        {
            return (default, null);
        }

        var policy = (await policies.GetPolicyAsync(Policies.Verify))!;
        var authenticated = await evaluator.AuthenticateAsync(policy, http);
        var authorized = await evaluator.AuthorizeAsync(policy, authenticated, http, resource: null);
        if (authorized.Challenged)
        {
            return (default, TypedResults.Challenge(authenticationSchemes: [.. policy.AuthenticationSchemes]));
        }

        if (authorized.Forbidden)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer error=\"insufficient_scope\", scope=\"verify\"";
            return (default, Problem.Of(StatusCodes.Status403Forbidden, "insufficient_scope", "The token lacks the scope verify."));
        }

        var clientId = Caller.Of(authenticated.Principal!).ClientId;
        return (new Verifier(clientId, clients.Find(clientId)?.VerifierLevel ?? VerifierLevel.V0), null);
    }
}
