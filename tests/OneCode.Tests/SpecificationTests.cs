using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OneCode.Tests;

/// <summary>SPEC.md, the three verifiers and the vectors say the same: what one of them has, the others have.</summary>
public sealed partial class SpecificationTests
{
    private static readonly string Specification = File.ReadAllText(Path.Combine(Repository.Root, "src", "OneCode", "SPEC.md"));

    public static TheoryData<string, string> Implementations() => new()
    {
        { "src/OneCode", "*.cs" },
        { "src/OneCode.Web/site/onecode", "*.js" },
        { "tests/python/oc1", "*.py" },
    };

    [Theory]
    [MemberData(nameof(Implementations))]
    public void Each_numbered_step_is_cited_where_it_is_done_and_no_other_is(string folder, string pattern)
    {
        var steps = StepHeading().Matches(Specification).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Superset(new HashSet<string> { "1", "11", "T1", "T5", "S1", "S6" }, steps);

        var cited = Citation().Matches(Sources(folder, pattern)).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.Equal(steps.Order(StringComparer.Ordinal), cited.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_registry_and_the_enumerations_have_the_same_names()
    {
        Assert.Equal(Enum.GetNames<Rejection>(), Registry("Failed"));
        Assert.Equal(Enum.GetNames<Doubt>(), Registry("Indeterminate"));
        Assert.Equal(Enum.GetNames<TrustListRejection>(), Registry("Trust list refused"));
        Assert.Equal(Enum.GetNames<StatusListRejection>(), Registry("Status list refused").Concat(Registry(Compact)));
    }

    [Theory]
    [InlineData("src/OneCode.Web/site/onecode", "*.js")]
    [InlineData("tests/python/oc1", "*.py")]
    public void The_registry_and_the_other_languages_have_the_same_names(string folder, string pattern)
    {
        var written = Word().Matches(Sources(folder, pattern)).Select(match => match.Groups[1].Value).ToHashSet();
        var reasons = Tables().SelectMany(Registry).ToHashSet();
        Assert.Superset(reasons, written);

        // What else is written like a reason: steps, the two contexts of a signature, words of the platform.
        string[] others = [.. Registry(Compact), .. Enum.GetNames<VerificationStep>(), "Signature1", "Signature", "Malformed", "DataError"];
        Assert.Empty(written.Except(reasons).Except(others));
    }

    [Fact]
    public void Bytes_of_the_example_are_those_of_its_vector()
    {
        var vector = File.ReadAllText(Path.Combine(Repository.Vectors, "paper-person.json"));
        var json = JsonNode.Parse(vector)!;
        var example = Between("### 1.1 A complete example", "## 2. Texts");
        var blocks = HexBlock().Matches(example).Select(match => Regex.Replace(match.Value, @"\s", "")).ToList();
        Assert.Equal(5, blocks.Count);
        Assert.All(blocks, block => Assert.Contains($"\"{block}\"", vector, StringComparison.Ordinal));

        // Lines of a text lose nothing but their indentation: Base45 has spaces.
        var unfolded = example.Replace("\n    ", "", StringComparison.Ordinal);
        var text = json["text"]!.GetValue<string>();
        Assert.Contains(text, unfolded, StringComparison.Ordinal);
        Assert.Contains(CodeText.EncodePrint(CodeText.Decode(text), "c.example.cn"), unfolded, StringComparison.Ordinal);
        var coordinates = Coordinate().Matches(example).Select(match => match.Groups[1].Value).ToList();
        Assert.Equal(2, coordinates.Count);
        Assert.All(coordinates, coordinate => Assert.Contains(coordinate, json["trustLists"]![0]!.GetValue<string>(), StringComparison.Ordinal));
    }

    [Fact]
    public void Each_vector_that_the_specification_names_is_there()
    {
        var lastColumn = Between("### 10.1", "### 10.2").Split('\n').Where(line => line.StartsWith('|')).Select(line => line.TrimEnd('|').Split('|')[^1]);
        var named = VectorName().Matches(string.Join('\n', lastColumn)).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.True(named.Count > 30);
        Assert.All(named, name => Assert.NotEmpty(Directory.EnumerateFiles(Repository.Vectors, name + ".json")));
    }

    // Optional (SPEC 13): a verifier may do without.
    private const string Compact = "Compact status refused";

    private static string[] Tables() => ["Failed", "Indeterminate", "Trust list refused", "Status list refused"];

    private static IEnumerable<string> Registry(string table)
    {
        var names = Specification.Split('\n').SkipWhile(line => !line.StartsWith($"| {table} |", StringComparison.Ordinal)).Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => RegistryRow().Match(line).Groups[1].Value).ToList();
        Assert.NotEmpty(names);
        return names;
    }

    private static string Between(string start, string end)
    {
        var from = Specification.IndexOf(start, StringComparison.Ordinal);
        return Specification[from..Specification.IndexOf(end, from, StringComparison.Ordinal)];
    }

    private static string Sources(string folder, string pattern) => string.Join('\n',
        Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), pattern, SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .Select(File.ReadAllText));

    [GeneratedRegex(@"^- \*\*Step ([A-Z]?[0-9]+)\b", RegexOptions.Multiline)]
    private static partial Regex StepHeading();

    [GeneratedRegex(@"SPEC\.md step ([A-Z]?[0-9]+)\b")]
    private static partial Regex Citation();

    [GeneratedRegex(@"^\| `([A-Za-z]+)` \|")]
    private static partial Regex RegistryRow();

    [GeneratedRegex(@"['""]([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)*)['""]")]
    private static partial Regex Word();

    [GeneratedRegex(@"(?<=\n\n)(?:    [0-9a-f]{2,}\n)+")]
    private static partial Regex HexBlock();

    [GeneratedRegex("h'([0-9a-f]{64})'")]
    private static partial Regex Coordinate();

    [GeneratedRegex("`([a-z0-9*-]+)`")]
    private static partial Regex VectorName();
}
