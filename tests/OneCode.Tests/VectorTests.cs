using System.Text.Json.Nodes;
using OneCode.Cli.Vectors;

namespace OneCode.Tests;

public sealed class VectorTests
{
    private static readonly IEnumerable<string> Files = Directory.EnumerateFiles(Repository.Vectors, "*.json")
        .Concat(Directory.EnumerateFiles(Path.Combine(Repository.Vectors, "sm2", "codes"), "*.json"));

    public static TheoryData<string> Names() => [.. Files.Select(file => Path.GetRelativePath(Repository.Vectors, file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_vector_gets_its_answer(string name) =>
        Assert.Null(VectorRun.Differs(File.ReadAllText(Path.Combine(Repository.Vectors, name))));

    [Fact]
    public void The_files_are_those_that_the_generator_knows() =>
        Assert.Equal(
            VectorSet.All().Concat(Sm2Vectors.All()).Select(vector => vector.Name).Order(StringComparer.Ordinal),
            Files.Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));

    public static TheoryData<string> Changes() => [.. Directory.EnumerateFiles(Path.Combine(Repository.Vectors, "roots"), "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_change_of_roots_gets_its_answer(string name) =>
        Assert.Null(RootsVector.Differs(File.ReadAllText(Path.Combine(Repository.Vectors, "roots", name + ".json"))));

    [Fact]
    public void The_changes_of_roots_are_those_that_the_generator_knows() =>
        Assert.Equal(RootsVectors.All().Select(vector => vector.Name).Order(StringComparer.Ordinal), Changes().Select(row => row.Data));

    [Fact]
    public void Every_reason_has_a_vector()
    {
        var expectations = Files
            .Select(file => JsonNode.Parse(File.ReadAllText(file))!["expect"]!)
            .ToList();
        var said = expectations.Select(expect => (string?)expect["reason"]).ToHashSet();
        Assert.All(Enum.GetNames<Rejection>().Concat(Enum.GetNames<Doubt>()), name => Assert.Contains(name, said));

        var trust = expectations.SelectMany(expect => expect["trustLists"]!.AsArray()).Select(answer => (string?)answer).ToHashSet();
        Assert.All(Enum.GetNames<TrustListRejection>(), name => Assert.Contains(name, trust));

        var status = expectations.SelectMany(expect => expect["statusLists"]!.AsArray()).Select(answer => (string?)answer).ToHashSet();
        status.UnionWith(Directory.EnumerateFiles(Path.Combine(Repository.Vectors, "compact"), "*.json")
            .SelectMany(file => JsonNode.Parse(File.ReadAllText(file))!["steps"]!.AsArray()).Select(step => (string?)step!["expect"]));
        Assert.All(Enum.GetNames<StatusListRejection>(), name => Assert.Contains(name, status));
    }

    [Fact]
    public void Every_vector_that_the_table_of_failures_names_is_there()
    {
        var readme = File.ReadAllText(Path.Combine(Repository.Vectors, "README.md"));
        var table = readme.Split("\n## ").Single(part => part.StartsWith("Failures of others", StringComparison.Ordinal));
        string[] cells = [.. table.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)).Skip(2).Select(line => line.Split('|')[2])];
        var files = Directory.EnumerateFiles(Repository.Vectors, "*.json", SearchOption.AllDirectories).Select(Path.GetFileNameWithoutExtension).ToList();
        Assert.InRange(cells.Length, 26, 40);
        Assert.All(
            cells.SelectMany(cell => cell.Split('`').Where((_, place) => place % 2 == 1)).Where(name => name is not ("wycheproof" or "CredentialVerifierTests")),
            name => Assert.True(name.EndsWith('*') ? files.Exists(file => file!.StartsWith(name[..^1], StringComparison.Ordinal)) : files.Contains(name), $"no vector {name}"));
    }
}
