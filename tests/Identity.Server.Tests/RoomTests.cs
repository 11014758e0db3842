using System.Text.RegularExpressions;
using Xunit;

namespace Identity.Server.Tests;

/// <summary>The architecture as a table that a person can read. A new entry is a decision, not a repair.</summary>
public sealed partial class RoomTests
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Storage"] = [],
        ["Web"] = [],
        ["Audit"] = ["Storage", "Web"],
        ["Trust"] = ["Storage", "Web", "Audit"],
        ["Status"] = ["Storage", "Web", "Audit", "Trust"],
        ["Subjects"] = ["Storage", "Web", "Audit", "Trust"],
        ["Accounts"] = ["Storage", "Web", "Audit", "Trust", "Subjects"],
        ["Credentials"] = ["Storage", "Web", "Audit", "Trust", "Status", "Subjects", "Accounts"],
        // Clients: which level a verifier is registered for.
        ["Verification"] = ["Storage", "Web", "Audit", "Trust", "Status", "Subjects", "Accounts", "Clients"],
        ["Clients"] = ["Storage", "Web", "Audit", "Trust", "Status", "Subjects", "Accounts"],
        ["Connect"] = ["Storage", "Web", "Audit", "Trust", "Status", "Subjects", "Accounts", "Credentials", "Verification", "Clients"],
        ["Administration"] = ["Storage", "Web", "Audit", "Trust", "Status", "Subjects", "Accounts", "Credentials", "Verification", "Clients"],
    };

    [Fact]
    public void No_room_uses_a_room_it_may_not()
    {
        var trespasses =
            from file in SourceFiles()
            let room = RoomOf(file)
            where MayUse.ContainsKey(room)
            from used in RoomName().Matches(File.ReadAllText(file)).Select(match => match.Groups[1].Value)
            where used != room && MayUse.ContainsKey(used) && !MayUse[room].Contains(used)
            select $"{room}/{Path.GetFileName(file)} uses {used}";
        Assert.Empty(trespasses.Distinct());
    }

    [Fact]
    public void Every_room_stands_in_the_table() =>
        Assert.Empty(SourceFiles().Where(file => Path.GetDirectoryName(file) != ServerDirectory).Select(RoomOf).Distinct().Except(MayUse.Keys));

    [Fact]
    public void Only_Connect_names_the_OpenID_Connect_engine() =>
        Assert.Empty(
            from file in SourceFiles()
            where RoomOf(file) != "Connect" && File.ReadAllText(file).Contains("OpenIddict", StringComparison.Ordinal)
            select Path.GetRelativePath(ServerDirectory, file));

    [Fact]
    public void Nothing_outside_the_sandbox_knows_the_sandbox()
    {
        string[] words = ["Sandbox-2022!", "zhangmin", "machine-test-secret", "gate-test-secret", "hall-test-secret", "sandbox-initial-access-token", "namespace Sandbox", "using Sandbox"];
        Assert.Empty(
            from file in Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.*", SearchOption.AllDirectories)
            where Path.GetExtension(file) is ".cs" or ".cshtml" or ".json" or ".js" or ".mjs" or ".html" or ".resx"
            where !IsBuilt(file) && !file.StartsWith(Path.Combine(Root, "src", "Sandbox") + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            let text = File.ReadAllText(file)
            from word in words
            where text.Contains(word, StringComparison.Ordinal)
            select $"{Path.GetRelativePath(Root, file)} says {word}");
    }

    private static readonly string Root = Repository.Root;

    private static readonly string ServerDirectory = Path.Combine(Root, "src", "Identity.Server");

    private static IEnumerable<string> SourceFiles() =>
        from file in Directory.EnumerateFiles(ServerDirectory, "*.cs*", SearchOption.AllDirectories)
        where Path.GetExtension(file) is ".cs" or ".cshtml" && !IsBuilt(file)
        select file;

    private static string RoomOf(string file) => Path.GetRelativePath(ServerDirectory, file).Split(Path.DirectorySeparatorChar)[0];

    // Migrations and the compiled model are generated and name every entity by necessity.
    private static bool IsBuilt(string file) =>
        Path.GetRelativePath(Root, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "node_modules" or "Migrations" or "Compiled");

    [GeneratedRegex(@"Identity\.Server\.([A-Z]\w+)")]
    private static partial Regex RoomName();
}
