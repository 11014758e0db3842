using System.Diagnostics;
using System.Globalization;
using Mutation;

// Which changes of OneCode would its tests not notice? Options as in tests/mutation.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (files, tests) = (new List<string>(), new List<string>());
var (all, listed, count, aim, seconds, report, only) = (false, false, false, 0.0, double.MaxValue, "", "");
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--all":
            all = true;
            break;
        case "--listed":
            listed = true;
            break;
        case "--count":
            count = true;
            break;
        case "--file" when i + 1 < args.Length:
            files.Add(args[++i]);
            break;
        case "--tests" when i + 1 < args.Length:
            tests.Add(args[++i]);
            break;
        case "--aim" when i + 1 < args.Length && double.TryParse(args[i + 1], out aim):
            i++;
            break;
        case "--seconds" when i + 1 < args.Length && double.TryParse(args[i + 1], out seconds):
            i++;
            break;
        case "--report" when i + 1 < args.Length:
            report = args[++i];
            break;
        case "--only" when i + 1 < args.Length:
            only = args[++i];
            break;
        default:
            await Console.Error.WriteLineAsync("tests/mutation (--file NAME... | --all) [--tests CLASS...] [--seconds N] [--aim PERCENT] [--report FILE] [--only FILE] [--listed] [--count]    NAME: a part of a path below src/OneCode");
            return 64;
    }
}

if (!all && files.Count == 0)
{
    await Console.Error.WriteLineAsync("tests/mutation: which files? --file Base45 or --all");
    return 64;
}

bool IsWanted(string name) => all || files.Any(file => name.Contains(file, StringComparison.Ordinal));
if (count)
{
    var changes = Copy.List(IsWanted);
    foreach (var file in changes.GroupBy(change => change.File))
    {
        Console.WriteLine($"{file.Key,-34} {file.Count(),5}");
    }

    // Without a run: at least that the list names what there is.
    var gone = listed ? Survivors.Read(Survivors.Known).Strangers(changes, IsWanted).ToList() : [];
    gone.ForEach(name => Console.WriteLine($"survivors.tsv names no mutant: {name}"));
    return gone.Count == 0 ? 0 : 1;
}

var folder = Directory.CreateTempSubdirectory("onecode-mutation-");
try
{
    var watch = Stopwatch.StartNew();
    var known = Survivors.Read(Survivors.Known);
    var chosen = only.Length > 0 ? Survivors.Read(only) : null;
    var copy = new Copy(folder.FullName);
    await copy.MakeAsync(IsWanted);
    Console.WriteLine($"{copy.Changes.Count - copy.Dropped} mutants ({copy.Dropped} more did not compile), {watch.Elapsed.TotalSeconds:0} s");
    var campaign = new Campaign(copy, seconds == double.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds), tests, change => chosen?.Has(change) != false, name => all ? 0 : files.FindIndex(file => name.Contains(file, StringComparison.Ordinal)));
    await campaign.RunAsync();
    var text = campaign.Report();
    Console.WriteLine(text);
    Console.WriteLine($"{watch.Elapsed.TotalSeconds:0} s");
    if (report.Length > 0)
    {
        // What is alive in the form of the list, so that reasons can be written behind.
        await File.WriteAllLinesAsync(report, text.Split('\n').Where(line => !line.StartsWith("alive: ", StringComparison.Ordinal)).Select(line => "# " + line)
            .Concat(campaign.Alive.OrderBy(change => change.Number).Select(known.Line)));
    }

    var unknown = listed ? campaign.Alive.Where(change => !known.Explains(change)).Select(change => change.Name).ToList() : [];
    var strangers = listed ? known.Strangers(copy.Changes, IsWanted).ToList() : [];
    unknown.ForEach(name => Console.WriteLine($"alive and not explained in survivors.tsv: {name}"));
    strangers.ForEach(name => Console.WriteLine($"survivors.tsv names no mutant: {name}"));
    return campaign.Score >= aim && unknown.Count + strangers.Count == 0 ? 0 : 1;
}
finally
{
    folder.Delete(recursive: true);
}
