using System.Diagnostics;
using System.Globalization;
using System.Text;
using Mutants;

// tests/fuzz says how to call it.
const int Batch = 1000;
const int MostFindings = 20;
long count = long.MaxValue;
var seconds = double.MaxValue;
var seed = 20261125UL;
string? replay = null;
if (args is ["--target"])
{
    Guided.Target();
    return 0;
}

if (args is ["--seeds", var seeds])
{
    Guided.WriteSeeds(seeds);
    return 0;
}

for (var i = 0; i + 1 < args.Length; i += 2)
{
    var isRead = args[i] switch
    {
        "--count" => long.TryParse(args[i + 1], CultureInfo.InvariantCulture, out count),
        "--seconds" => double.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seconds),
        "--replay" => Directory.Exists(replay = args[i + 1]),
        "--seed" => ulong.TryParse(args[i + 1], CultureInfo.InvariantCulture, out seed),
        _ => false,
    };
    if (!isRead)
    {
        return Usage();
    }
}

if (args.Length % 2 != 0 || (count == long.MaxValue && seconds == double.MaxValue && replay is null))
{
    return Usage();
}

Console.WriteLine($"seed {seed}");
var own = new OwnJudge();
using var javaScript = new ProcessJudge("JavaScript", "node", Path.Combine(Repository.Root, "tests", "OneCode.Web.Tests", "judge.js"));
using var python = new ProcessJudge("Python", "/usr/bin/python3", "-B", Path.Combine(Repository.Root, "tests", "python", "judge.py"));
IJudge[] judges = [own, javaScript, python];

var mutator = new Mutator(seed);
var said = new Dictionary<string, long>();
long judged = 0, disagreements = 0, forged = 0;
var watch = Stopwatch.StartNew();
var found = replay is null ? null : Guided.Read(replay);
var next = Make();
while (next.Count > 0 && disagreements + forged < MostFindings)
{
    var batch = next;
    var lines = batch.ConvertAll(mutant => mutant.Line);
    var answering = Task.WhenAll(judges.Select(judge => judge.AnswerAsync(lines)));
    judged += batch.Count;
    next = Make();
    var answers = await answering;
    for (var i = 0; i < batch.Count; i++)
    {
        var answer = answers[0][i];
        if (answers.Any(other => other[i] != answer))
        {
            disagreements++;
            Report("disagreement", i);
        }
        else if (answer.StartsWith("passed", StringComparison.Ordinal) && !batch[i].MayPass())
        {
            forged++;
            Report("forged and accepted", i);
        }

        var what = lines[i][..lines[i].IndexOf(' ', StringComparison.Ordinal)];
        var name = what == "world" ? "world" : $"{what} {(answer.StartsWith("passed", StringComparison.Ordinal) ? IsMapped(answer) ? "passed with another level" : "passed" : answer)}";
        said[name] = said.GetValueOrDefault(name) + 1;
    }

    void Report(string kind, int i)
    {
        Console.WriteLine($"{kind}, mutant {judged - batch.Count + i}, seed {seed}");
        Console.WriteLine($"  in the world of: {lines.Take(i + 1).LastOrDefault(line => line.StartsWith("world", StringComparison.Ordinal)) ?? "an earlier batch"}");
        Console.WriteLine($"  {lines[i]}");
        for (var judge = 0; judge < judges.Length; judge++)
        {
            Console.WriteLine($"  {judges[judge].Name}: {answers[judge][i]}");
        }
    }
}

foreach (var (name, times) in said.OrderByDescending(pair => pair.Value))
{
    Console.WriteLine($"{times,10}  {name}");
}

// A campaign in which no mutant gets as far as a step has not tried that step.
var unreached = new[]
{
    "passed", "passed with another level", "failed Malformed Text", "failed Malformed Structure", "failed UnexpectedType Type", "failed Malformed Type", "indeterminate KeyNotInTrustList Key", "failed AlgorithmMismatch Signature",
    "failed SignatureInvalid Signature", "failed Malformed Claims", "failed ContentNotAllowed Claims", "failed KeyWithdrawn Scope", "failed IssuerMismatch Scope", "failed PurposeMismatch Scope",
    "failed KeyNotInForce Scope", "failed HolderProofMissing Holder", "failed HolderProofInvalid Holder", "failed Expired Time", "failed NotYetValid Time", "failed NotFresh Time", "failed Revoked Status",
    "failed Suspended Status", "indeterminate ClockWrong Confidence", "indeterminate StatusUnknown Confidence", "indeterminate NotCovered Confidence", "indeterminate AlgorithmUnsupported Holder",
}.Where(name => replay is null && !said.ContainsKey("code " + name)).ToList();
var codes = said.Where(pair => pair.Key.StartsWith("code ", StringComparison.Ordinal)).ToList();
var early = codes.Where(pair => new[] { "Text", "Structure", "Type", "Key" }.Contains(pair.Key.Split(' ')[^1])).Sum(pair => pair.Value);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"mutants {judged} disagreements {disagreements} forged {forged} seed {seed}, {judged / watch.Elapsed.TotalSeconds:0} a second, {100.0 * early / Math.Max(1, codes.Sum(pair => pair.Value)):0} % of the codes end before a signature, at most {own.MostAllocated} bytes allocated for a code"));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
    $"processor seconds: mutator and C# {Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds:0}, JavaScript {javaScript.Used.TotalSeconds:0}, Python {python.Used.TotalSeconds:0}"));
bool[] checks = [disagreements == 0, forged == 0, own.MostAllocated <= OwnJudge.Budget, unreached.Count == 0];
if (unreached.Count > 0)
{
    Console.WriteLine($"not reached: {string.Join(", ", unreached)}");
}

Console.WriteLine($"{checks.Count(held => held)} passed, {checks.Count(held => !held)} failed");
return checks.All(held => held) ? 0 : 1;

List<Mutant> Make()
{
    if (found is not null)
    {
        // All at once: there are thousands and not millions.
        return judged == 0 ? found : [];
    }

    var batch = new List<Mutant>();
    while (batch.Count < Batch && judged + batch.Count < count && watch.Elapsed.TotalSeconds < seconds)
    {
        batch.Add(mutator.Next());
    }

    return batch;
}

// The level that a code names stands seventh, what it counts for last.
static bool IsMapped(string answer)
{
    var words = Encoding.UTF8.GetString(Convert.FromHexString(answer["passed ".Length..])).Split('\u001f');
    return words[6] != words[^1];
}

static int Usage()
{
    Console.Error.WriteLine("tests/fuzz (--count N | --seconds N) [--seed S] | --guided SECONDS");
    return 64;
}
