using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Mutation;

/// <summary>Finds out which tests reach which mutant, then lets those try to kill it, the quick ones first.</summary>
internal sealed class Campaign(Copy copy, TimeSpan lasts, IReadOnlyCollection<string> classes, Func<Change, bool> wanted, Func<string, int> rank)
{
    // Campaigns of their own, and programs started from outside: too slow to ask for each mutant.
    private static readonly string[] Left = ["MutationTests", "GateTests", "AuditCommandTests", "CommandLineTests", "Sm2SetTests", "Sm2Tests"];

    // Campaigns of a test's own take longer than this; what they alone would notice counts as not noticed.
    private const int LongestTest = 2500;
    private static readonly TimeSpan Start = TimeSpan.FromMinutes(2);

    private readonly List<(Change Change, string? Killer)> judged = [];
    private readonly Dictionary<string, int> milliseconds = new(StringComparer.Ordinal);
    private readonly Dictionary<int, List<string>> reachedBy = [];
    private readonly HashSet<int> reachedFirst = [];
    private readonly List<string> tooSlow = [];
    private Subject? subject;

    public double Score => 100.0 * judged.Count(one => one.Killer is not null) / Math.Max(1, judged.Count);

    public IEnumerable<Change> Alive => judged.Where(one => one.Killer is null).Select(one => one.Change);

    public async Task RunAsync()
    {
        try
        {
            await CoverAsync();
            await Console.Error.WriteLineAsync($"{milliseconds.Count} tests cover {reachedBy.Count} mutants");
            var watch = Stopwatch.StartNew();

            // Files in the order in which they were named; within, and with --all, in an order that has nothing to do with places, so that a campaign cut short is a
            // fair sample.
            foreach (var change in copy.Changes.Where(change => !copy.DroppedNumbers.Contains(change.Number) && wanted(change))
                .OrderBy(change => rank(change.File)).ThenBy(change => unchecked((uint)change.Number * 2654435761)))
            {
                if (watch.Elapsed > lasts)
                {
                    break;
                }

                var killer = IsOnce(change) ? await TryStaticAsync(change) : await TryAsync(change);
                judged.Add((change, killer));
                await Console.Error.WriteLineAsync(killer is null ? $"{Place(change)}" : $"killed {change.Number} by {killer}");
                if (judged.Count % 100 == 0)
                {
                    await Console.Error.WriteLineAsync($"{judged.Count} tried, {Score:0.0} % killed");
                }
            }
        }
        finally
        {
            subject?.Dispose();
        }
    }

    public string Report()
    {
        var text = new StringBuilder();
        foreach (var file in judged.GroupBy(one => one.Change.File).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"{file.Key,-34} {file.Count(one => one.Killer is not null),5} of {file.Count(),5}  {100.0 * file.Count(one => one.Killer is not null) / file.Count(),6:0.0} %");
        }

        text.AppendLine(CultureInfo.InvariantCulture, $"{"all",-34} {judged.Count(one => one.Killer is not null),5} of {judged.Count,5}  {Score,6:0.0} %");
        text.AppendLine(CultureInfo.InvariantCulture, $"not asked: {string.Join(", ", Left)}; over {LongestTest} ms: {string.Join(", ", tooSlow)}");
        foreach (var (change, _) in judged.Where(one => one.Killer is null))
        {
            text.AppendLine(Place(change));
        }

        return text.ToString().TrimEnd();
    }

    // What runs once a process and never again must be alive from its beginning.
    private bool IsOnce(Change change) => change.IsStatic || (reachedFirst.Contains(change.Number) && !reachedBy.ContainsKey(change.Number));

    private string Place(Change change) =>
        $"alive: {change.File}:{change.Line} {change.Member} [{change.What}] {change.Text}{(reachedBy.ContainsKey(change.Number) || IsOnce(change) ? "" : "  (no test gets as far)")}";

    private async Task CoverAsync()
    {
        subject = await FreshAsync();
        var tests = (await subject.AskAsync(Start, "list"))!.Split('\t')
            .Where(test => classes.Count > 0 ? classes.Contains(test.Split('.')[0]) : !Left.Contains(test.Split('.')[0])).ToList();
        var count = (copy.Changes.Count + 1).ToString(CultureInfo.InvariantCulture);

        // Once to warm up what is made once a process, so that it is not charged to whoever comes first; once to be counted.
        foreach (var (test, isFirst) in tests.Select(test => (test, true)).Concat(tests.Select(test => (test, false))))
        {
            if (tooSlow.Contains(test))
            {
                continue;
            }

            var answer = await subject.AskAsync(Start, "cover", count, test);
            if (answer?.Split('\t') is not [var took, "", var asked])
            {
                throw new InvalidOperationException($"{test} fails without any mutant: {answer ?? "no answer"}.");
            }

            // The first of all tests pays for what is made once a process.
            milliseconds[test] = int.Parse(took, CultureInfo.InvariantCulture);
            if (milliseconds[test] > (isFirst ? 4 : 1) * LongestTest)
            {
                tooSlow.Add(test);
            }

            foreach (var number in asked.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => int.Parse(text, CultureInfo.InvariantCulture)))
            {
                if (isFirst)
                {
                    reachedFirst.Add(number);
                    continue;
                }

                if (!reachedBy.TryGetValue(number, out var reaching))
                {
                    reachedBy[number] = reaching = [];
                }

                reaching.Add(test);
            }
        }
    }

    private async Task<string?> TryAsync(Change change)
    {
        if (!reachedBy.TryGetValue(change.Number, out var tests))
        {
            return null;
        }

        var ordered = tests.Where(test => !tooSlow.Contains(test)).OrderBy(test => milliseconds[test]).ToArray();
        for (var attempt = 0; ; attempt++)
        {
            subject ??= await FreshAsync();
            var answer = await subject.AskAsync(Patience(ordered), ["kill", change.Number.ToString(CultureInfo.InvariantCulture), .. ordered]);
            switch (answer?.Split('\t'))
            {
                case ["survived"]:
                    return null;
                case ["killed", var test, ..]:
                    return test;
                case ["dirty", var test] when attempt > 0:
                    return test;
                default:
                    // Hung, dead, or something stayed behind: the next one gets a fresh process.
                    subject.Dispose();
                    subject = null;
                    if (answer is null)
                    {
                        return "time or death";
                    }

                    break;
            }
        }
    }

    private async Task<string?> TryStaticAsync(Change change)
    {
        using var own = await Subject.StartAsync(copy.Program, change.Number, Start);
        if (own is null)
        {
            return "start";
        }

        var ordered = milliseconds.Where(test => test.Value < LongestTest / 4).OrderBy(test => test.Value).Select(test => test.Key).ToArray();
        return await own.AskAsync(Patience(ordered), ["kill", change.Number.ToString(CultureInfo.InvariantCulture), .. ordered]) switch
        {
            null => "time or death",
            "survived" => null,
            var killed => killed.Split('\t')[1],
        };
    }

    private async Task<Subject> FreshAsync() => await Subject.StartAsync(copy.Program, 0, Start) ?? throw new InvalidOperationException("The tests do not start.");

    private TimeSpan Patience(string[] tests) => TimeSpan.FromSeconds(10) + (10 * TimeSpan.FromMilliseconds(tests.Sum(test => milliseconds[test])));
}
