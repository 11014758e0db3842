using System.Text.Json.Serialization;
using Identity.Server.Accounts;
using Identity.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients;

/// <summary>
/// <c>/api/clients</c>: the portal for programs, with a developer's own token (scope <c>clients</c>). It takes and gives the names of
/// RFC 7591, so that what one answers the other takes.
/// </summary>
internal sealed class ClientsApi(
    ClientChanges changes,
    RegisterClient register,
    EditClient edit,
    ReplaceSecret replaceSecret,
    ReplaceKeys replaceKeys,
    ReviewClient review,
    UnregisterClient unregister,
    RequestLog log,
    IOptions<RegistrationOptions> options,
    TimeProvider clock)
{
    /// <summary>A client and where it stands. The secret is there once: in the answer that made it.</summary>
    internal sealed record Answer(
        [property: JsonPropertyName("client_id")] string ClientId,
        [property: JsonPropertyName("client_secret"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ClientSecret,
        [property: JsonPropertyName("former_secret_expires_at"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? FormerSecretExpiresAt,
        [property: JsonPropertyName("standing")] string Standing,
        [property: JsonPropertyName("refused_for"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RefusedFor,
        [property: JsonPropertyName("registration")] ClientMetadata Registration,
        [property: JsonPropertyName("proposed"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ClientMetadata? Proposed,
        [property: JsonPropertyName("unmet_oauth_2_1")] IReadOnlyList<string> UnmetOAuth21,
        [property: JsonPropertyName("unmet_fapi_2_0")] IReadOnlyList<string> UnmetFapi2,
        [property: JsonPropertyName("unmet_good_practice")] IReadOnlyList<string> UnmetGoodPractice);

    internal sealed record Failure(string Endpoint, string Error, string? Description, string? Sent, int Times, DateTimeOffset FirstAt, DateTimeOffset LastAt);

    /// <summary>What to do with the present secret.</summary>
    internal sealed record NewSecret([property: JsonPropertyName("former_ends_now")] bool FormerEndsNow);

    public static void Map(RouteGroupBuilder clients)
    {
        clients.MapGet("", (HttpContext http, ClientsApi api, CancellationToken cancellationToken) => api.AsDeveloperAsync(http, id => api.ListAsync(id, cancellationToken)))
            .WithName("clients").Produces<IReadOnlyList<Answer>>().WithSummary("The caller's own clients.");
        clients.MapPost("", (HttpContext http, ClientMetadata metadata, ClientsApi api, CancellationToken cancellationToken) => api.AsDeveloperAsync(http, id => api.RegisterAsync(metadata, id, cancellationToken)))
            .WithName("registerClient").Produces<Answer>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status400BadRequest)
            .WithSummary("Registers a client. Its secret is in this answer and nowhere else, so no Idempotency-Key is kept: two requests make two clients.");
        clients.MapGet("/{id}", (string id, HttpContext http, ClientsApi api, CancellationToken cancellationToken) => api.WithOwnAsync(http, id, (row, _) => Task.FromResult<IResult>(TypedResults.Ok(api.AnswerOf(row))), cancellationToken))
            .WithName("client").Produces<Answer>().ProducesProblem(StatusCodes.Status404NotFound).WithSummary("One client; `registration` is what can be registered elsewhere.");
        clients.MapPut("/{id}", (string id, HttpContext http, ClientMetadata metadata, ClientsApi api, CancellationToken cancellationToken) => api.WithOwnAsync(http, id, (row, account) => api.EditAsync(row, metadata, account, cancellationToken), cancellationToken))
            .WithName("changeClient").Produces<Answer>().ProducesProblem(StatusCodes.Status400BadRequest).WithSummary("Replaces the registration. Of a client in production it becomes `proposed`, and counts after another review.");
        clients.MapDelete("/{id}", (string id, HttpContext http, ClientsApi api, CancellationToken cancellationToken) => api.WithOwnAsync(http, id, async (row, account) => await api.RemoveAsync(row, account, cancellationToken), cancellationToken))
            .WithName("removeClient").Produces(StatusCodes.Status204NoContent).WithSummary("Removes a client with its grants and tokens.");
        clients.MapPost("/{id}/secret", (string id, HttpContext http, NewSecret wanted, ClientsApi api, CancellationToken cancellationToken) => api.WithOwnAsync(http, id, (row, account) => api.SecretAsync(row, wanted, account, cancellationToken), cancellationToken))
            .WithName("replaceClientSecret").Produces<Answer>().ProducesProblem(StatusCodes.Status409Conflict).WithSummary("Makes a new secret; the one before stays good for some days, unless it leaked.");
        clients.MapPost("/{id}/review", (string id, HttpContext http, ClientsApi api, CancellationToken cancellationToken) => api.WithOwnAsync(http, id, (row, account) => api.ReviewAsync(row, account, cancellationToken), cancellationToken))
            .WithName("reviewClient").Produces<Answer>().ProducesProblem(StatusCodes.Status409Conflict).WithSummary("Asks for the review that opens the client to everybody.");
        clients.MapGet("/{id}/failures", (string id, HttpContext http, ClientsApi api, CancellationToken cancellationToken) => api.WithOwnAsync(http, id, (row, _) => api.FailuresAsync(row, cancellationToken), cancellationToken))
            .WithName("clientFailures").Produces<IReadOnlyList<Failure>>().WithSummary("The client's requests that were refused lately.");
    }

    private async Task<IResult> AsDeveloperAsync(HttpContext http, Func<Guid, Task<IResult>> answer)
    {
        http.Response.Headers.CacheControl = "no-store";
        return Caller.Of(http.User) is { PersonId: not null, AccountId: { } accountId } caller && caller.Level >= options.Value.DeveloperLevel
            ? await answer(accountId)
            : Problem.Of(StatusCodes.Status403Forbidden, "not_a_developer", "Clients are registered by people whose identity was verified.");
    }

    private Task<IResult> WithOwnAsync(HttpContext http, string id, Func<RegisteredClient, Guid, Task<IResult>> answer, CancellationToken cancellationToken) =>
        AsDeveloperAsync(http, async accountId => await changes.FindOwnAsync(accountId, id, cancellationToken) is { } row
            ? await answer(row, accountId)
            : Problem.Of(StatusCodes.Status404NotFound, "client_unknown", "There is no such client of yours."));

    private async Task<IResult> ListAsync(Guid accountId, CancellationToken cancellationToken) =>
        TypedResults.Ok((await changes.ListOwnAsync(accountId, cancellationToken)).Select(row => AnswerOf(row)).ToArray());

    private async Task<IResult> RegisterAsync(ClientMetadata metadata, Guid accountId, CancellationToken cancellationToken)
    {
        if ((await changes.ListOwnAsync(accountId, cancellationToken)).Count >= options.Value.ClientsPerDeveloper)
        {
            return Problem.Of(StatusCodes.Status400BadRequest, "too_many_clients", $"One person registers at most {options.Value.ClientsPerDeveloper} clients.");
        }

        var (settings, withSecret, fault) = metadata.ToSettings();
        if (fault is not null)
        {
            return Invalid([fault]);
        }

        var outcome = await register.HandleAsync(settings, withSecret, new Registrant(AccountEvents.ActorOf(accountId), accountId), cancellationToken);
        return outcome.Client is { } client
            ? TypedResults.Created($"/api/clients/{client.Id}", AnswerOf((await changes.FindOwnAsync(accountId, client.Id, cancellationToken))!, outcome.Secret))
            : Invalid(outcome.Faults);
    }

    private async Task<IResult> EditAsync(RegisteredClient row, ClientMetadata metadata, Guid accountId, CancellationToken cancellationToken)
    {
        var (settings, withSecret, fault) = metadata.ToSettings();
        if (fault is not null || withSecret != row.Settings.HoldsSecret || settings.Jwks is null != row.Settings.Jwks is null || settings.JwksUri is null != row.Settings.JwksUri is null)
        {
            return Invalid([fault ?? "How a client proves itself stays as it was registered."]);
        }

        if (settings.Jwks != row.Settings.Jwks)
        {
            switch (await replaceKeys.HandleAsync(row, settings.Jwks, accountId, cancellationToken))
            {
                case ReplaceKeys.Outcome.Refused:
                    return Invalid(["jwks is no JWK Set of public P-256 or RSA keys (at least 2048 bits, kid different)."]);
                case ReplaceKeys.Outcome.ChangedMeanwhile:
                    return Meanwhile();
            }
        }

        var (outcome, faults) = await edit.HandleAsync(row, settings, accountId, cancellationToken);
        return outcome switch
        {
            EditClient.Outcome.Refused => Invalid(faults),
            EditClient.Outcome.ChangedMeanwhile => Meanwhile(),
            _ => TypedResults.Ok(AnswerOf(row)),
        };
    }

    private async Task<IResult> SecretAsync(RegisteredClient row, NewSecret wanted, Guid accountId, CancellationToken cancellationToken) =>
        !row.Settings.HoldsSecret ? Problem.Of(StatusCodes.Status409Conflict, "no_secret", "This client has no secret.")
        : await replaceSecret.HandleAsync(row, wanted.FormerEndsNow, accountId, cancellationToken) is { } secret ? TypedResults.Ok(AnswerOf(row, secret))
        : Meanwhile();

    private async Task<IResult> ReviewAsync(RegisteredClient row, Guid accountId, CancellationToken cancellationToken) =>
        await review.RequestAsync(row, accountId, cancellationToken)
            ? TypedResults.Ok(AnswerOf(row))
            : Problem.Of(StatusCodes.Status409Conflict, "nothing_to_review", "The client waits already, or nothing of it has changed since its review.");

    private async Task<IResult> RemoveAsync(RegisteredClient row, Guid accountId, CancellationToken cancellationToken) =>
        await unregister.HandleAsync(row, accountId, cancellationToken) ? TypedResults.NoContent() : Meanwhile();

    private async Task<IResult> FailuresAsync(RegisteredClient row, CancellationToken cancellationToken) =>
        TypedResults.Ok((await log.ReadAsync(row.Id, cancellationToken))
            .Select(failure => new Failure(failure.Endpoint, failure.Error, failure.Description, failure.Sent, failure.Times, failure.FirstAt, failure.LastAt)).ToArray());

    private Answer AnswerOf(RegisteredClient row, string? secret = null)
    {
        var grade = ClientGrade.Of(row.Settings, row.SecretMadeAt, clock.GetUtcNow());
        return new Answer(
            row.Id,
            secret,
            row.FormerSecretEndsAt,
            ClientStanding.NameOf(row),
            row.RefusedFor,
            ClientMetadata.Of(row.Settings),
            row.Proposed is { } proposed ? ClientMetadata.Of(proposed) : null,
            UnmetOf(grade.OAuth21),
            UnmetOf(grade.Fapi2),
            UnmetOf(grade.GoodPractice));
    }

    private static string[] UnmetOf(IReadOnlyList<GradePoint> points) => [.. points.Where(point => !point.IsMet).Select(point => point.Key)];

    private static ProblemHttpResult Invalid(IReadOnlyList<string> faults) =>
        Problem.Of(StatusCodes.Status400BadRequest, "invalid_client_metadata", string.Join(' ', faults));

    private static ProblemHttpResult Meanwhile() =>
        Problem.Of(StatusCodes.Status409Conflict, "changed_meanwhile", "The client was changed in the meantime: read it again, then try again.");
}
