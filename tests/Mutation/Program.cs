using System.Diagnostics;
using System.Globalization;
using Mutation;

// tests/mutation (--file NAME... | --all) [--tests CLASS...] [--seconds N] [--aim PERCENT] [--report FILE]: which changes of OneCode would its tests not notice?
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var (files, tests) = (new List<string>(), new List<string>());
var (all, aim, seconds, report) = (false, 0.0, double.MaxValue, "");
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--all":
            all = true;
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
        default:
            await Console.Error.WriteLineAsync("tests/mutation (--file NAME... | --all) [--tests CLASS...] [--seconds N] [--aim PERCENT] [--report FILE]    NAME: a part of a path below src/OneCode");
            return 64;
    }
}

if (!all && files.Count == 0)
{
    await Console.Error.WriteLineAsync("tests/mutation: which files? --file Base45 or --all");
    return 64;
}

var folder = Directory.CreateTempSubdirectory("onecode-mutation-");
try
{
    var watch = Stopwatch.StartNew();
    var copy = new Copy(folder.FullName);
    await copy.MakeAsync(name => all || files.Any(file => name.Contains(file, StringComparison.Ordinal)));
    Console.WriteLine($"{copy.Changes.Count - copy.Dropped} mutants ({copy.Dropped} more did not compile), {watch.Elapsed.TotalSeconds:0} s");
    var campaign = new Campaign(copy, seconds == double.MaxValue ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds), tests);
    await campaign.RunAsync();
    var text = campaign.Report();
    Console.WriteLine(text);
    Console.WriteLine($"{watch.Elapsed.TotalSeconds:0} s");
    if (report.Length > 0)
    {
        await File.WriteAllTextAsync(report, text);
    }

    return campaign.Score >= aim ? 0 : 1;
}
finally
{
    folder.Delete(recursive: true);
}
