using System.Text.Json.Nodes;

namespace OneCode.Cli.Vectors;

/// <summary>One case of SPEC 13: statements taken in one after the other, and what is known about some indices then.</summary>
internal sealed record CompactVector(string Name, string Comment, IReadOnlyList<CompactStep> Steps)
{
    /// <summary>What a verifier says about a reference afterwards: <c>valid</c>, <c>invalid</c>, <c>suspended</c>, <c>notCovered</c> or <c>unknown</c>.</summary>
    public IReadOnlyList<(string List, int Index, string Answer)> Answers { get; init; } = [];

    /// <summary>The file, as tests/vectors/README.md describes it.</summary>
    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["comment"] = Comment,
        ["roots"] = JsonNode.Parse(World.Roots.ToJson()),
        ["trustList"] = Convert.ToHexStringLower(World.Trust),
        ["steps"] = new JsonArray([.. Steps.Select(step => (JsonNode)new JsonObject
        {
            ["message"] = Convert.ToHexStringLower(step.Message),
            ["body"] = Convert.ToHexStringLower(step.Body),
            ["expect"] = step.Expect?.ToString() ?? "accepted",
        })]),
        ["answers"] = new JsonArray([.. Answers.Select(answer => (JsonNode)new JsonObject
        {
            ["issuer"] = "34", ["uri"] = World.Template34.Replace(TrustedKey.ListPlaceholder, answer.List, StringComparison.Ordinal), ["list"] = answer.List, ["index"] = answer.Index, ["answer"] = answer.Answer,
        })]),
    };

    /// <summary>Null when this implementation agrees with the file; else the first difference.</summary>
    public static string? Differs(string json)
    {
        var vector = JsonNode.Parse(json)!;
        var verifier = new OfflineVerifier(TrustRoots.ParseJson(vector["roots"]!.ToJsonString()));
        if (verifier.TakeTrustList(Convert.FromHexString((string)vector["trustList"]!)) is { } refused)
        {
            return $"the trust list: {refused}";
        }

        foreach (var (step, number) in vector["steps"]!.AsArray().Select((step, number) => (step!, number)))
        {
            var answer = verifier.TakeCompact(Convert.FromHexString((string)step["message"]!), Convert.FromHexString((string)step["body"]!))?.ToString() ?? "accepted";
            if (answer != (string)step["expect"]!)
            {
                return $"step {number}: {answer} instead of {step["expect"]}";
            }
        }

        foreach (var asked in vector["answers"]!.AsArray().OfType<JsonNode>())
        {
            var reference = new StatusReference((string)asked["list"]!, (int)asked["index"]!);
            var answer = Word(verifier.Compact.Find(new StatusQuery((string)asked["issuer"]!, (string)asked["uri"]!, reference)));
            if (answer != (string)asked["answer"]!)
            {
                return $"{reference.List} {reference.Index}: {answer} instead of {asked["answer"]}";
            }
        }

        return null;
    }

    private static string Word(StatusAnswer answer) => answer.Knows switch
    {
        StatusAnswer.Knowledge.Nothing => "unknown",
        StatusAnswer.Knowledge.NotThisIndex => "notCovered",
        _ => answer.Value switch { StatusValue.Valid => "valid", StatusValue.Invalid => "invalid", _ => "suspended" },
    };
}

/// <summary>A statement with its bytes, and what a verifier answers; null: accepted.</summary>
internal sealed record CompactStep(byte[] Message, byte[] Body, StatusListRejection? Expect = null);
