using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using OneCode;
using OneCode.Cli.Vectors;
using OneCode.Sm;

namespace Mutants;

/// <summary>
/// A verifier behind lines of text: <c>world JSON</c> takes in roots and lists and answers what became of each; <c>code NOW HEX</c> judges a text (UTF-8)
/// in that world; <c>trust HEX</c> and <c>status HEX</c> judge a list against those held, and do not keep it. One line in, one line out.
/// </summary>
internal interface IJudge
{
    string Name { get; }

    Task<string[]> AnswerAsync(IReadOnlyList<string> lines);
}

/// <summary>The C# verifier. It also watches the budget: 64 kB for any text.</summary>
internal sealed class OwnJudge : IJudge
{
    public const long Budget = 64 * 1024;

    private OfflineVerifier verifier = new(null);
    private TrustRoots? roots;

    public string Name => "C#";

    /// <summary>Most that one verdict allocated.</summary>
    public long MostAllocated { get; private set; }

    public Task<string[]> AnswerAsync(IReadOnlyList<string> lines) => Task.Run(() => lines.Select(Answer).ToArray());

    private string Answer(string line)
    {
        var words = line.Split(' ', 3);
        return words[0] switch
        {
            "world" => World(JsonNode.Parse(line[6..])!),
            "trust" => Trust(Convert.FromHexString(words[1])),
            "status" => Status(Convert.FromHexString(words[1])),
            _ => Code(Encoding.UTF8.GetString(Convert.FromHexString(words.ElementAtOrDefault(2) ?? "")), DateTimeOffset.FromUnixTimeSeconds(long.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture))),
        };
    }

    private string World(JsonNode world)
    {
        roots = world["roots"] is { } keys ? TrustRoots.ParseJson(keys.ToJsonString(), world["algorithms"]!.AsArray().Count > 1 ? Sm2.AndEs256 : SignatureAlgorithms.Es256Only) : null;
        verifier = new OfflineVerifier(roots);
        var trust = Bytes(world["trustLists"]!).Select(list => verifier.TakeTrustList(list)?.ToString() ?? "accepted");
        var status = Bytes(world["statusLists"]!).Select(list => verifier.TakeStatusList(list)?.ToString() ?? "accepted");
        return string.Join(',', [.. trust, "|", .. status]);
    }

    private string Trust(byte[] bytes) =>
        roots is null ? "ThresholdNotMet" : TrustListToken.TryVerify(bytes, roots, verifier.Trust, out _, out var rejection) ? "accepted" : rejection.Value.ToString();

    private string Status(byte[] bytes) =>
        verifier.Trust is null ? "KeyNotInTrustList" : StatusListToken.TryVerify(bytes, verifier.Trust, verifier.Statuses, out _, out var rejection) ? "accepted" : rejection.Value.ToString();

    private string Code(string text, DateTimeOffset now)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var verdict = verifier.Verify(text, now);
        MostAllocated = Math.Max(MostAllocated, GC.GetAllocatedBytesForCurrentThread() - before);
        if (verdict is Verdict.Passed passed)
        {
            return "passed " + Convert.ToHexStringLower(Encoding.UTF8.GetBytes(string.Join('\u001f', Words(passed))));
        }

        var (word, reason, step) = VectorRun.Words(verdict);
        return $"{word} {reason} {step}";
    }

    // Everything that a pass says, in the order that the other two use.
    private static IEnumerable<string> Words(Verdict.Passed passed)
    {
        var claims = passed.Credential.Claims;
        var person = claims.Subject as PersonClaims;
        var enterprise = claims.Subject as EnterpriseClaims;
        var vehicle = claims.Subject as VehicleClaims;
        object?[] words =
        [
            claims.Issuer, (int)claims.Kind, (int)claims.Form, claims.IssuedAt, claims.ValidFrom, claims.ExpiresAt, claims.Level,
            person?.LastFour, person?.MaskedName, enterprise?.CreditCode, enterprise?.Name, enterprise?.KindCode, enterprise?.EndsOn, vehicle?.Plate, vehicle?.PlateKind, vehicle?.InspectionEndsOn,
            passed.StatusAsOf, passed.Credential.PresentedAt, passed.Credential.PresentedAt is null ? null : claims.Status.List, passed.Credential.PresentedAt is null ? null : claims.Status.Index,
            passed.Credential.Level,
        ];
        return words.Select(word => word switch
        {
            null => "",
            DateTimeOffset time => time.ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture),
            DateOnly day => day.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
            _ => (string)word,
        });
    }

    private static IEnumerable<byte[]> Bytes(JsonNode lists) => lists.AsArray().Select(list => Convert.FromHexString(list!.GetValue<string>()));
}

/// <summary>A verifier of another language in a process of its own, kept for the whole campaign.</summary>
internal sealed class ProcessJudge : IJudge, IDisposable
{
    private readonly Process process;

    public ProcessJudge(string name, string program, params string[] arguments)
    {
        Name = name;
        process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, StandardInputEncoding = new UTF8Encoding(false) })
            ?? throw new InvalidOperationException($"{program} did not start.");
    }

    public string Name { get; }

    /// <summary>Processor time so far.</summary>
    public TimeSpan Used
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public async Task<string[]> AnswerAsync(IReadOnlyList<string> lines)
    {
        var writing = WriteAsync(lines);
        var answers = new string[lines.Count];
        for (var i = 0; i < answers.Length; i++)
        {
            answers[i] = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException($"{Name} ended after {i} answers of a batch, before: {lines[i]}");
        }

        await writing;
        return answers;
    }

    public void Dispose()
    {
        // It keeps nothing that could be lost, and after a finding it may not have read all it was asked.
        process.Kill();
        process.Dispose();
    }

    private async Task WriteAsync(IReadOnlyList<string> lines)
    {
        foreach (var line in lines)
        {
            await process.StandardInput.WriteLineAsync(line);
        }

        await process.StandardInput.FlushAsync();
    }
}
