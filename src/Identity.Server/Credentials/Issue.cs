using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>POST /api/credentials: a person asks for a code, on this phone or on paper.</summary>
internal sealed class Issue(
    SubjectOfRequest subjects, Enrol enrol, Print print, Nonces nonces, TimeProvider clock, IOptions<Origins> origins)
{
    private const int MostProofs = 8;
    private const int MostBytes = 64 * 1024;

    public static void Map(IEndpointRouteBuilder credentials) =>
        credentials.MapPost("", async (Request request, HttpContext http, Issue issue, CancellationToken cancellationToken) =>
            {
                http.Response.Headers.CacheControl = "no-store";
                var (answer, refusal) = await issue.HandleAsync(Caller.Of(http.User), request, cancellationToken);
                return answer is null ? refusal!.ToResult() : (IResult)TypedResults.Ok(answer);
            })
            .WithMetadata(new Microsoft.AspNetCore.Mvc.RequestSizeLimitAttribute(MostBytes))
            .AddEndpointFilter<OnceFilter>()
            .WithName("issue").Produces<IssuedCredentials>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status403Forbidden);

    public async Task<(IssuedCredentials? Answer, Refusal? Refusal)> HandleAsync(Caller caller, Request request, CancellationToken cancellationToken)
    {
        if (caller.PersonId is not { } personId || caller.AccountId is null)
        {
            return (null, Refusal.NotAPerson);
        }

        if (Names.KindOf(request.Kind) is not { } kind)
        {
            return (null, Refusal.BadRequest("invalid_credential_request", "kind is person, enterprise or vehicle."));
        }

        switch (request.Form)
        {
            case "paper":
                if (request.Proofs is not null)
                {
                    return (null, Refusal.BadRequest("invalid_credential_request", "Paper takes no proof: nobody holds a key to it."));
                }

                return await subjects.FindAsync(caller, personId, kind, request.Subject, cancellationToken) switch
                {
                    ({ } subject, _) => await print.HandleAsync(caller, personId, subject, cancellationToken),
                    (_, var no) => (null, no),
                };

            case "phone":
                if (CheckProofs(request.Proofs?.Jwt, out var keys) is { } refusal)
                {
                    return (null, refusal);
                }

                return await subjects.FindAsync(caller, personId, kind, request.Subject, cancellationToken) switch
                {
                    ({ } subject, _) => await enrol.HandleAsync(caller, personId, subject, keys, cancellationToken),
                    (_, var no) => (null, no),
                };

            default:
                return (null, Refusal.BadRequest("invalid_credential_request", "form is phone or paper."));
        }
    }

    private Refusal? CheckProofs(IReadOnlyList<string?>? proofs, out List<DeviceKey> keys)
    {
        keys = [];
        if (proofs is null or { Count: 0 or > MostProofs })
        {
            return Refusal.BadRequest("invalid_proof", $"A phone form needs 1 to {MostProofs} proofs in proofs.jwt.");
        }

        // The issuer with and without the final slash: discovery documents write the one, people the other.
        var issuer = Origins.TextOf(origins.Value.Login);
        string[] audiences = [issuer, issuer + "/"];
        var now = clock.GetUtcNow();
        foreach (var proof in proofs)
        {
            if (HolderProof.Check(proof, audiences, nonces, now, out var refusal) is not { } key)
            {
                return Refusal.BadRequest(refusal.Code, refusal.Detail);
            }

            // One key for two credentials would link the days that they are for.
            if (keys.Contains(key))
            {
                return Refusal.BadRequest("invalid_proof", "A key is named twice.");
            }

            keys.Add(key);
        }

        return null;
    }

    internal sealed record Request(string? Kind, string? Subject, string? Form, Proofs? Proofs) : IRequestBody;

    internal sealed record Proofs(IReadOnlyList<string?>? Jwt);
}
