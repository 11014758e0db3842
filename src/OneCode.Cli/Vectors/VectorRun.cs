using System.Text.Json.Nodes;
using OneCode.Json;
using OneCode.Sm;

namespace OneCode.Cli.Vectors;

/// <summary>Runs a vector's file and says where the answer differs; null when it does not.</summary>
internal static class VectorRun
{
    public static string? Differs(string json)
    {
        var vector = JsonNode.Parse(json)!.AsObject();
        var algorithms = vector["algorithms"]?.AsArray() is [var only] && (string?)only == "ES256" ? SignatureAlgorithms.Es256Only : Sm2.AndEs256;
        var roots = vector["roots"] is { } keys ? TrustRoots.ParseJson(keys.ToJsonString(), algorithms) : null;
        var verifier = new OfflineVerifier(roots);
        var expect = vector["expect"]!.AsObject();
        var trustLists = Bytes(vector["trustLists"]!).Select(list => verifier.TakeTrustList(list)?.ToString() ?? "accepted").ToList();
        var statusLists = Bytes(vector["statusLists"]!).Select(list => verifier.TakeStatusList(list)?.ToString() ?? "accepted").ToList();
        var now = DateTimeOffset.FromUnixTimeSeconds(vector["now"]!.GetValue<long>());
        var verdict = verifier.Verify(vector["text"]!.GetValue<string>(), now);

        var expected = Line(expect["verdict"]!, expect["reason"], expect["step"], expect["trustLists"]!, expect["statusLists"]!);
        var (word, reason, step) = Words(verdict);
        var actual = $"{word} {reason} {step} [{string.Join(',', trustLists)}] [{string.Join(',', statusLists)}]";
        if (actual != expected)
        {
            return $"expected {expected}, got {actual}";
        }

        foreach (var (also, place) in (vector["also"]?.AsArray() ?? []).Select((also, place) => (also!, place)))
        {
            var said = Words(verifier.Verify(also["text"]!.GetValue<string>(), now));
            if (said != (also["expect"]!["verdict"]!.GetValue<string>(), (string?)also["expect"]!["reason"], (string?)also["expect"]!["step"]))
            {
                return $"also {place}: got {said}";
            }
        }

        if (verdict is Verdict.Passed { Credential: var credential } && credential.Level != ((int?)expect["level"] ?? (int?)vector["claims"]!["level"]))
        {
            return $"level {credential.Level}";
        }

        var claims = verdict is Verdict.Passed passed ? ClaimsJson.Of(passed.Credential.Claims) : null;
        return claims is null || JsonNode.DeepEquals(claims, vector["claims"]) ? null : $"claims differ: {claims.ToJsonString()}";
    }

    public static (string Verdict, string? Reason, string? Step) Words(Verdict verdict) => verdict switch
    {
        Verdict.Passed => ("passed", null, null),
        Verdict.Failed failed => ("failed", failed.Reason.ToString(), failed.Step.ToString()),
        Verdict.Indeterminate unknown => ("indeterminate", unknown.Missing.ToString(), unknown.Step.ToString()),
        _ => throw new InvalidOperationException("A verdict of no known kind."),
    };

    private static string Line(JsonNode verdict, JsonNode? reason, JsonNode? step, JsonNode trustLists, JsonNode statusLists) =>
        $"{verdict} {reason} {step} [{Join(trustLists)}] [{Join(statusLists)}]";

    private static string Join(JsonNode answers) => string.Join(',', answers.AsArray().Select(answer => answer!.GetValue<string>()));

    private static IEnumerable<byte[]> Bytes(JsonNode lists) => lists.AsArray().Select(list => Convert.FromHexString(list!.GetValue<string>()));
}
