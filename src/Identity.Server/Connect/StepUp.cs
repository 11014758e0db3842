using System.Text.Json;
using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;

namespace Identity.Server.Connect;

/// <summary>How well a person must be known (RFC 9470, OpenID Connect Core 5.5.1.1), and how well a session knows them by now.</summary>
internal sealed class StepUp(IOptions<ConnectOptions> options, TimeProvider clock)
{
    public const string Unmet = "unmet_authentication_requirements";

    // Two members of one name are read differently by different readers.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>
    /// What a session's level counts for now. A high level does not ride on an old sign-in: who was proved to be there in the
    /// morning need not be who sits there in the evening.
    /// </summary>
    public int LevelNow(int level, DateTimeOffset authenticatedAt)
    {
        var age = clock.GetUtcNow() - authenticatedAt;
        var most = age > options.Value.Level3Within ? 2 : age > options.Value.Level4Within ? 3 : Assurance.Highest;
        return Math.Min(level, most);
    }

    /// <summary>
    /// The level without which there is no answer, and the one that is worth asking for. The client's registration says the first as
    /// well: parameters pass through the person's hands, who could take them out.
    /// </summary>
    public static (int Must, int Should) Asked(OpenIddictRequest request, ClientSettings client)
    {
        var must = client.LowestLevel;
        var should = LowestOf(((string?)request.AcrValues)?.Split(' ') ?? []);
        if (Read((string?)request["claims"]) is { } claims && Member(claims, "id_token", "acr") is { } acr)
        {
            var asked = LowestOf(ValuesOf(acr));
            (must, should) = IsEssential(acr) ? (Math.Max(must, asked), should) : (must, Math.Max(should, asked));
        }

        return (must, should);
    }

    /// <summary>The <c>sub</c> that the answer must be about, where <c>claims</c> names one. One that cannot be read is nobody's.</summary>
    public static string? SubjectOf(OpenIddictRequest request) =>
        Read((string?)request["claims"]) is { } claims && Member(claims, "id_token", "sub") is { ValueKind: JsonValueKind.Object } sub
            && sub.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String ? value.Text() ?? "" : null;

    /// <summary>What is wrong with a <c>claims</c> parameter. Claims that are not known here are no fault: they are left out (5.5.1).</summary>
    public static (string Error, string Description)? FaultOf(string? text)
    {
        if (Read(text) is not { } claims || !claims.EnumerateObject().All(target => target.Value.ValueKind == JsonValueKind.Object
            ? target.Value.EnumerateObject().All(claim => claim.Value.ValueKind is JsonValueKind.Null or JsonValueKind.Object) : target.Value.ValueKind == JsonValueKind.Null))
        {
            return (OpenIddictConstants.Errors.InvalidRequest, "claims must be a JSON object as OpenID Connect Core 5.5 has it.");
        }

        return Member(claims, "id_token", "acr") is { } acr && IsEssential(acr) && ValuesOf(acr) is { Length: > 0 } values && LowestOf(values) == 0
            ? (Unmet, "None of the essential acr values is known here (acr_values_supported).")
            : null;
    }

    internal static JsonElement? Read(string? text)
    {
        if (text is null)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal static JsonElement? Member(JsonElement claims, string target, string claim) =>
        claims.TryGetProperty(target, out var inTarget) && inTarget.ValueKind == JsonValueKind.Object && inTarget.TryGetProperty(claim, out var found) ? found : null;

    internal static bool IsEssential(JsonElement claim) =>
        claim.ValueKind == JsonValueKind.Object && claim.TryGetProperty("essential", out var essential) && essential.ValueKind == JsonValueKind.True;

    private static string[] ValuesOf(JsonElement claim)
    {
        if (claim.ValueKind != JsonValueKind.Object)
        {
            return [];
        }

        var one = claim.TryGetProperty("value", out var value) ? [value] : Enumerable.Empty<JsonElement>();
        var more = claim.TryGetProperty("values", out var values) && values.ValueKind == JsonValueKind.Array ? values.EnumerateArray() : Enumerable.Empty<JsonElement>();
        return [.. one.Concat(more).Select(text => text.Text() ?? "")];
    }

    // Any of the values will do, so the lowest is what is needed. Names of other ladders say nothing here.
    private static int LowestOf(IEnumerable<string> names) => names.Select(Assurance.LevelOf).OfType<int>().DefaultIfEmpty(0).Min();
}
