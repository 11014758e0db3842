using System.Text.Json.Nodes;
using OneCode.Sm;

namespace OneCode.Cli.Vectors;

/// <summary>One case of SPEC 14: changes of roots and trust lists taken in one after the other, and what is held then.</summary>
internal sealed record RootsVector(string Name, string Comment, IReadOnlyList<RootsStep> Steps)
{
    public TrustRoots Roots { get; init; } = World.Roots;

    /// <summary>The file, as tests/vectors/README.md describes it.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject
        {
            ["name"] = Name,
            ["comment"] = Comment,
            ["roots"] = JsonNode.Parse(Roots.ToJson()),
            ["steps"] = new JsonArray([.. Steps.Select(step => (JsonNode)new JsonObject
            {
                [step.IsChange ? "change" : "trustList"] = Convert.ToHexStringLower(step.Message),
                ["expect"] = step.Expect?.ToString() ?? "accepted",
            })]),
        };
        // What was meant stands in the steps; where it leads is said by the one who makes the file, and checked by all.
        var verifier = Run(json, out _);
        json["version"] = verifier.Roots!.Version;
        json["trustVersion"] = verifier.Trust?.Content.Version;
        return json;
    }

    /// <summary>Null when this implementation agrees with the file; else the first difference.</summary>
    public static string? Differs(string json)
    {
        var vector = JsonNode.Parse(json)!.AsObject();
        var verifier = Run(vector, out var difference);
        return difference
            ?? (verifier.Roots!.Version == (long)vector["version"]! && verifier.Trust?.Content.Version == (long?)vector["trustVersion"]
                ? null
                : $"roots {verifier.Roots.Version}, trust list {verifier.Trust?.Content.Version}");
    }

    private static OfflineVerifier Run(JsonObject vector, out string? difference)
    {
        difference = null;
        var verifier = new OfflineVerifier(TrustRoots.ParseJson(vector["roots"]!.ToJsonString(), Sm2.AndEs256));
        foreach (var (step, number) in vector["steps"]!.AsArray().Select((step, number) => (step!, number)))
        {
            var refused = step["change"] is { } change
                ? verifier.TakeRoots(Convert.FromHexString((string)change!))
                : verifier.TakeTrustList(Convert.FromHexString((string)step["trustList"]!));
            var answer = refused?.ToString() ?? "accepted";
            difference ??= answer == (string)step["expect"]! ? null : $"step {number}: {answer} instead of {step["expect"]}";
        }

        return verifier;
    }
}

/// <summary>A change of roots or a trust list, and what a verifier answers; null: accepted.</summary>
internal sealed record RootsStep(byte[] Message, TrustListRejection? Expect = null, bool IsChange = true);
