namespace Mutation;

/// <summary>The mutants that are known to live, each with its reason: <c>survivors.tsv</c>. File, member, change, text, kind, reason.</summary>
internal sealed class Survivors
{
    private readonly Dictionary<string, string> reasons = new(StringComparer.Ordinal);

    public static string Known => Path.Combine(OneCode.Tests.Repository.Root, "tests", "Mutation", "survivors.tsv");

    public static Survivors Read(string path)
    {
        var survivors = new Survivors();
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            var cells = line.Split('\t', 5);
            survivors.reasons[string.Join('\t', cells[..4])] = cells.Length > 4 ? cells[4] : "";
        }

        return survivors;
    }

    public bool Has(Change change) => reasons.ContainsKey(change.Name);

    /// <summary>With a reason: a line without one does not count.</summary>
    public bool Explains(Change change) => reasons.TryGetValue(change.Name, out var reason) && reason.Split('\t') is [{ Length: > 0 }, { Length: > 0 }];

    public string Line(Change change) => $"{change.Name}\t{reasons.GetValueOrDefault(change.Name, "")}";

    /// <summary>Those that name nothing in these files any more.</summary>
    public IEnumerable<string> Strangers(IReadOnlyList<Change> changes, Func<string, bool> wanted)
    {
        var names = changes.Select(change => change.Name).ToHashSet(StringComparer.Ordinal);
        return reasons.Keys.Where(name => wanted(name.Split('\t')[0]) && !names.Contains(name));
    }
}
