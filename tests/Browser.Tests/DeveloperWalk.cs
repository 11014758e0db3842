using System.Text.Json;
using Xunit;

namespace Browser.Tests;

/// <summary>Walk 5: a script of one's own does the code flow, and the command line judges a code with nothing but files.</summary>
public sealed class DeveloperWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Fact]
    public async Task A_script_does_the_code_flow_and_the_command_line_judges_the_code_from_files()
    {
        var (name, text) = await Developer.RunAsync(await VisitorAsync(), town, "zhangmin");
        Assert.Equal("张敏", name);
        Assert.StartsWith("OC1:", text, StringComparison.Ordinal);

        using var files = await OfflineFiles.FetchAsync(town.At.Login, town.Province.Data.Roots);
        var passed = await Cli.OneCodeAsync("verify", text, "--root", files.Roots, "--trust", files.TrustList, "--status", files.StatusFolder);
        Assert.True(passed.ExitCode == 0, passed.Output + passed.Errors);

        var withoutStatus = await Cli.OneCodeAsync("verify", text, "--root", files.Roots, "--trust", files.TrustList);
        Assert.Equal(2, withoutStatus.ExitCode);

        var forged = await Cli.OneCodeAsync("verify", Forge(text), "--root", files.Roots, "--trust", files.TrustList, "--status", files.StatusFolder, "--json");
        Assert.Equal(1, forged.ExitCode);
        Assert.Equal("SignatureInvalid", JsonDocument.Parse(forged.Output).RootElement.GetProperty("reason").GetString());

        var withoutRoots = await Cli.OneCodeAsync("verify", text, "--trust", files.TrustList);
        Assert.Equal(64, withoutRoots.ExitCode);
    }

    /// <summary>Exchanges the last symbol but one for its neighbour: still Base45, another signature.</summary>
    private static string Forge(string text) => text[..^2] + (text[^2] == '0' ? '1' : '0') + text[^1];
}
