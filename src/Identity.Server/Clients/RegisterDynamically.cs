using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Identity.Server.Clients;

/// <summary>
/// POST /connect/register (RFC 7591): a program registers its client, with a token that staff gave to whoever runs it. Without one
/// nobody registers anything: an open door here is a phishing kit with our name on it.
/// </summary>
internal sealed class RegisterDynamically(InitialAccessTokens tokens, RegisterClient register, TimeProvider clock)
{
    private const int LargestBody = 64 * 1024;
    private const string Bearer = "Bearer ";

    private static readonly JsonSerializerOptions Json = new() { AllowDuplicateProperties = false, MaxDepth = 16, DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    public static void Map(IEndpointRouteBuilder connect) =>
        connect.MapPost("/register", (HttpContext http, RegisterDynamically registration, CancellationToken cancellationToken) => registration.HandleAsync(http, cancellationToken))
            .ExcludeFromDescription();

    public async Task<IResult> HandleAsync(HttpContext http, CancellationToken cancellationToken)
    {
        http.Response.Headers.CacheControl = "no-store";

        // 1. May it? The use is given back below where nothing comes of it.
        var header = http.Request.Headers.Authorization.ToString();
        if (await tokens.TakeAsync(header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null, cancellationToken) is not { } permission)
        {
            http.Response.Headers.WWWAuthenticate = header.Length == 0 ? "Bearer" : "Bearer error=\"invalid_token\"";
            return Error(StatusCodes.Status401Unauthorized, "invalid_token", "Registering needs an initial access token of the operator's that is not used up.");
        }

        // 2. What does it want to be?
        var (metadata, fault) = await ReadAsync(http, cancellationToken);
        var wanted = metadata?.ToSettings();
        fault ??= wanted?.Fault;
        if (wanted is not { } asked || fault is not null)
        {
            await tokens.GiveBackAsync(permission.Id, CancellationToken.None);
            return Error(StatusCodes.Status400BadRequest, "invalid_client_metadata", fault ?? "The body must be a JSON object of client metadata.");
        }

        // 3. Registered: waiting for a second person, or trusted by the word of whoever gave the token away.
        var outcome = await register.HandleAsync(asked.Settings, asked.WithSecret, new Registrant($"initial-access-token:{permission.Id}", OwnerId: null, IsTrusted: permission.SkipsReview), cancellationToken);
        if (outcome.Client is not { } client)
        {
            await tokens.GiveBackAsync(permission.Id, CancellationToken.None);
            var isAddress = outcome.Faults.Any(text => asked.Settings.RedirectUris.Any(uri => text.Contains($"'{uri}'", StringComparison.Ordinal)));
            return Error(StatusCodes.Status400BadRequest, isAddress ? "invalid_redirect_uri" : "invalid_client_metadata", string.Join(' ', outcome.Faults));
        }

        // RFC 7591 3.2.1.
        var answer = JsonSerializer.SerializeToNode(ClientMetadata.Of(client), Json)!.AsObject();
        answer["client_id_issued_at"] = clock.GetUtcNow().ToUnixTimeSeconds();
        if (outcome.Secret is { } secret)
        {
            answer["client_secret"] = secret;
            answer["client_secret_expires_at"] = 0;
        }

        return TypedResults.Json(answer, statusCode: StatusCodes.Status201Created);
    }

    private static async Task<(ClientMetadata? Metadata, string? Fault)> ReadAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.Request.ContentLength is null or > LargestBody || http.Request.ContentType?.StartsWith("application/json", StringComparison.OrdinalIgnoreCase) != true)
        {
            return (null, "The body must be JSON (application/json) of at most 64 kB, its length said.");
        }

        try
        {
            return (await JsonSerializer.DeserializeAsync<ClientMetadata>(http.Request.Body, Json, cancellationToken), null);
        }
        catch (JsonException)
        {
            return (null, "The body cannot be read as client metadata (RFC 7591 2).");
        }
    }

    private static JsonHttpResult<JsonObject> Error(int status, string error, string description) =>
        TypedResults.Json(new JsonObject { ["error"] = error, ["error_description"] = description }, statusCode: status);
}
