using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Identity.Server.Status;
using Identity.Server.Subjects;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Verification;

/// <summary>
/// POST /api/verify: what a scan is worth right now. Anybody may ask and is told what the code itself shows; a verifier's token and
/// a scene say what else, and what less. The text is neither stored nor logged.
/// </summary>
internal sealed class Verify(
    CredentialVerifier verifier, TrustListSource trust, StatusRegister register, NeighbourStatus neighbours, VerifierAccess access, SceneRegistry scenes, ReplayGuard replays,
    VerifierPseudonyms pseudonyms, ISubjectOfStatus subjects, IOptions<TrustOptions> options, TimeProvider clock)
{
    private const int MostBytes = 9 * 1024;

    public static void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/verify", async (Request request, HttpContext http, Verify verify, CancellationToken cancellationToken) =>
            {
                http.Response.Headers.CacheControl = "no-store";
                return await verify.HandleAsync(request, http, cancellationToken);
            })
            .WithMetadata(new RequestSizeLimitAttribute(MostBytes))
            .RequireRateLimiting(RateLimits.Anonymous)
            .WithName("verify").Produces<Answer>().ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status403Forbidden);

    public async Task<IResult> HandleAsync(Request request, HttpContext http, CancellationToken cancellationToken)
    {
        // 1. Who asks, and what for? Both before the code is looked at: a refusal says nothing about it.
        var (who, refusal) = await access.OfAsync(http);
        if (refusal is not null)
        {
            return refusal;
        }

        if (request.Text is not { Length: > 0 } text)
        {
            return Problem.Of(StatusCodes.Status400BadRequest, "text_required", "text is the scanned text.");
        }

        Scene? scene = null;
        if (request.Scene is { } code)
        {
            scene = scenes.Find(code);
            if (scene is null)
            {
                return Problem.Of(StatusCodes.Status400BadRequest, "unknown_scene", "There is no such scene, or none any more. GET /api/scenes lists them.");
            }

            if (who.Level < scene.Level)
            {
                return Problem.Of(StatusCodes.Status403Forbidden, "verifier_level_too_low", $"This scene is for verifiers of level {scene.Level}.");
            }
        }

        // 2. The code, by the keys and the status of this moment.
        var list = trust.CurrentOrNull?.List;
        if (!verifier.TryExamine(text, list, out var credential, out var verdict))
        {
            return TypedResults.Ok(Answer.Of(verdict));
        }

        var isOurs = credential.Claims.Issuer == options.Value.Region;
        var status = isOurs
            ? await register.ReadAsync(credential.Claims.Status, cancellationToken)
            : await neighbours.ReadAsync(credential.StatusQuery, list!, cancellationToken);
        verdict = CredentialVerifier.Judge(credential, list!, status, clock.GetUtcNow());

        // 3. A vehicle's code at a gate for persons is genuine and still no answer to the question.
        if (scene is not null && !scene.Kinds.Contains(credential.Claims.Kind))
        {
            return Problem.Of(StatusCodes.Status400BadRequest, "kind_not_of_scene", "This scene does not look at codes of this kind.");
        }

        var answer = Answer.Of(verdict);
        if (verdict is not Verdict.Passed)
        {
            return TypedResults.Ok(answer);
        }

        // 4. What this verifier is told.
        var claims = Disclosure.Of(credential, scene);
        if (isOurs && scene?.Fields.Contains(Disclosure.Pseudonym) == true
            && await subjects.FindAsync(credential.Claims.Status, credential.Claims.Form, cancellationToken) is { } subject)
        {
            claims[Disclosure.NameOf(Disclosure.Pseudonym)] = pseudonyms.Of(who.ClientId!, subject);
        }

        var seen = replays.WasSeenElsewhere(credential, who.ClientId ?? RateLimits.Caller(http));
        return TypedResults.Ok(answer with { Claims = claims, SeenBefore = seen ? true : null });
    }

    internal sealed record Request(string? Text, string? Scene);

    internal sealed record Answer(
        string Verdict,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Kind,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Form,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? StatusAsOf,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, object>? Claims = null,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? SeenBefore = null)
    {
        public static Answer Of(Verdict verdict) => verdict switch
        {
            Verdict.Passed passed => For("passed", null, passed.Credential, passed.StatusAsOf),
            Verdict.Failed failed => For("failed", failed.Reason.ToString(), failed.Credential, null),
            Verdict.Indeterminate open => For("indeterminate", open.Missing.ToString(), open.Credential, null),
            _ => throw new ArgumentOutOfRangeException(nameof(verdict)),
        };

        private static Answer For(string verdict, string? reason, Credential? credential, DateTimeOffset? statusAsOf) => new(
            verdict, reason,
            credential?.Claims.Kind switch { CredentialKind.Person => "person", CredentialKind.Enterprise => "enterprise", CredentialKind.Vehicle => "vehicle", _ => null },
            credential?.Claims.Form switch { CredentialForm.Paper => "paper", CredentialForm.Phone => "phone", _ => null },
            statusAsOf);
    }
}

/// <summary>A subject as one verifier knows it (<c>sub_s</c>): a keyed digest, so that two verifiers cannot put their scans together.</summary>
internal sealed class VerifierPseudonyms(byte[] key)
{
    public string Of(string clientId, Guid subject) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{clientId}\n{subject}")).AsSpan(0, 18));
}
