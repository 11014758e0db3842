using System.Diagnostics;
using System.Text.Json.Nodes;
using OneCode.Cli.Vectors;
using OneCode.Sm;

namespace OneCode.Tests;

/// <summary>The command as a script meets it: a process, files, an exit code.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("onecode-");
    private readonly string roots;
    private readonly string trust;
    private readonly string status;

    public CommandLineTests()
    {
        roots = Path.Combine(folder.FullName, "roots.json");
        trust = Path.Combine(folder.FullName, "trust");
        status = folder.CreateSubdirectory("status").FullName;
        File.WriteAllText(roots, World.Roots.ToJson());
        File.WriteAllBytes(trust, World.Trust);
        for (var i = 0; i < World.StatusLists.Count; i++)
        {
            File.WriteAllBytes(Path.Combine(status, $"any name {i}.bin"), World.StatusLists[i]);
        }

        File.WriteAllText(Path.Combine(status, "README"), "no list");
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_good_code_exits_with_0()
    {
        var (exit, output, _) = await Verify(new ACode().Text(), "--status", status);
        Assert.Equal(0, exit);
        Assert.StartsWith("passed", output, StringComparison.Ordinal);
        Assert.Contains("张*", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_phone_code_and_a_file_and_a_print_text_do_too()
    {
        Assert.Equal(0, (await Verify(ACode.Phone.Text(), "--status", status)).Exit);
        Assert.Equal(0, (await Verify(CodeText.EncodePrint(new ACode().Bytes(), "c.example.cn"), "--status", status)).Exit);
        var file = Path.Combine(folder.FullName, "code.txt");
        await File.WriteAllTextAsync(file, new ACode().Text() + "\n", TestContext.Current.CancellationToken);
        Assert.Equal(0, (await Verify(file, "--status", status)).Exit);
    }

    [Fact]
    public async Task JSON_speaks_the_names_of_the_registry()
    {
        var (exit, output, _) = await Verify(new ACode { Claims = ACode.PaperPerson with { ExpiresAt = World.Now } }.Text(), "--status", status, "--json");
        Assert.Equal(1, exit);
        var json = JsonNode.Parse(output)!;
        Assert.Equal("failed", (string?)json["verdict"]);
        Assert.Equal("Expired", (string?)json["reason"]);
        Assert.Equal("person", (string?)json["kind"]);
        Assert.Equal("001X", (string?)json["claims"]!["subject"]!["lastFour"]);
    }

    [Theory]
    [InlineData("OC1:NOT A CODE")]
    [InlineData("hello")]
    [InlineData("")]
    public async Task What_is_no_code_exits_with_1(string text) => Assert.Equal(1, (await Verify(text, "--status", status)).Exit);

    [Fact]
    public async Task Without_status_lists_the_answer_is_2() => Assert.Equal(2, (await Verify(new ACode().Text())).Exit);

    [Fact]
    public async Task Roots_that_did_not_sign_the_trust_list_make_it_2_and_say_why()
    {
        await File.WriteAllTextAsync(roots, new TrustRoots([TestKeys.Of("stranger").PublicKey], 1).ToJson(), TestContext.Current.CancellationToken);
        var (exit, output, error) = await Verify(new ACode().Text(), "--status", status);
        Assert.Equal(2, exit);
        Assert.Contains("TrustMissing", output, StringComparison.Ordinal);
        Assert.Contains("ThresholdNotMet", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Roots_that_were_handed_over_are_followed_with_the_changes_at_hand()
    {
        await File.WriteAllBytesAsync(trust, World.SignTrust(World.TrustContent with { Version = World.TrustContent.Version + 1 }, "new-1", "new-2"), TestContext.Current.CancellationToken);
        var changes = Path.Combine(folder.FullName, "changes");
        await File.WriteAllBytesAsync(changes, LiveProvince.Handover, TestContext.Current.CancellationToken);
        Assert.Equal(2, (await Verify(new ACode().Text(), "--status", status)).Exit);
        Assert.Equal(0, (await Verify(new ACode().Text(), "--status", status, "--root-changes", changes)).Exit);
    }

    [Fact]
    public async Task A_trust_list_that_nobody_serves_makes_it_2() =>
        Assert.Equal(2, (await Run("verify", new ACode().Text(), "--root", roots, "--trust", "http://127.0.0.1:9/trust/list", "--at", "2026-11-24T12:00:00Z")).Exit);

    [Fact]
    public async Task A_wrong_command_line_exits_with_64()
    {
        var text = new ACode().Text();
        Assert.Equal(64, (await Run()).Exit);
        Assert.Equal(64, (await Run("verify")).Exit);
        Assert.Equal(64, (await Run("verify", text, "--trust", trust)).Exit);
        Assert.Equal(64, (await Run("verify", text, "--root", roots)).Exit);
        Assert.Equal(64, (await Run("verify", text, "--root", trust, "--trust", trust)).Exit);
        Assert.Equal(64, (await Run("verify", text, "--root", Path.Combine(folder.FullName, "none"), "--trust", trust)).Exit);
        Assert.Equal(64, (await Run("verify", text, "--root", roots, "--trust", Path.Combine(folder.FullName, "none"))).Exit);
        Assert.Equal(64, (await Verify(text, "--status", Path.Combine(folder.FullName, "none"))).Exit);
        Assert.Equal(64, (await Verify(text, "--unknown")).Exit);
        Assert.Equal(64, (await Run("verify", text, "--root", roots, "--trust", trust, "--at", "yesterday")).Exit);
        Assert.Equal(64, (await Run("verify", text, "--root", roots, "--trust", trust, "--at", "9999-12-31T23:59:59Z")).Exit);
        Assert.Equal(64, (await Run("verify", text, "--root", roots, "--trust", trust, "--at", "253402300799")).Exit);
        Assert.Equal(64, (await Run("verify", text, "--root", roots, "--trust", trust, "--at", "0001-01-01T00:00:00Z")).Exit);
    }

    [Fact]
    public async Task Help_is_no_error()
    {
        var (exit, output, _) = await Run("verify", "--help");
        Assert.Equal(0, exit);
        Assert.Contains("--root", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Inspect_shows_claims_and_says_that_nothing_was_verified()
    {
        var (exit, output, _) = await Run("inspect", ACode.Phone.Text());
        Assert.Equal(0, exit);
        Assert.Equal("not verified", (string?)JsonNode.Parse(output)!["warning"]);
        Assert.Equal(4, (int?)JsonNode.Parse(output)!["claims"]!["level"]);
        Assert.Equal(1, (await Run("inspect", "OC1:")).Exit);
    }

    [Fact]
    public async Task Keygen_keeps_the_private_half_in_a_file_that_it_never_overwrites()
    {
        var file = Path.Combine(folder.FullName, "key.pem");
        var (exit, output, _) = await Run("keygen", file);
        Assert.Equal(0, exit);
        Assert.Single(TrustRoots.ParseJson(output).Keys);
        Assert.Contains("PRIVATE KEY", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, OperatingSystem.IsWindows() ? UnixFileMode.UserRead | UnixFileMode.UserWrite : File.GetUnixFileMode(file));
        Assert.Equal(64, (await Run("keygen", file)).Exit);
    }

    [Fact]
    public async Task Keygen_makes_SM2_keys_too()
    {
        var file = Path.Combine(folder.FullName, "sm2.pem");
        var (exit, output, _) = await Run("keygen", file, "--alg", "SM2");
        Assert.Equal(0, exit);
        Assert.True(Sm2Keys.TryReadPrivatePem(await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken), out var key));
        Assert.Equal(key.PublicKey, Assert.Single(TrustRoots.ParseJson(output, Sm2.AndEs256).Keys));
        Assert.Equal(64, (await Run("keygen", file + "2", "--alg", "RSA")).Exit);
    }

    [Fact]
    public async Task An_SM2_code_is_verified_and_a_revoked_one_may_exit_with_a_code_of_its_own()
    {
        await File.WriteAllTextAsync(roots, Sm2World.Roots.ToJson(), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(trust, Sm2World.Trust, TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(Path.Combine(status, "sm2"), Sm2World.StatusLists[1], TestContext.Current.CancellationToken);
        var code = new ACode { Key = "sm2-person" };
        Assert.Equal(0, (await Verify(code.Text(), "--status", status)).Exit);
        var revoked = code with { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", World.RevokedIndex) } };
        Assert.Equal(1, (await Verify(revoked.Text(), "--status", status)).Exit);
        Assert.Equal(3, (await Verify(revoked.Text(), "--status", status, "--distinct")).Exit);
    }

    private Task<(int Exit, string Output, string Error)> Verify(string text, params string[] more) =>
        Run(["verify", text, "--root", roots, "--trust", trust, "--at", "2026-11-24T12:00:00Z", .. more]);

    private static async Task<(int Exit, string Output, string Error)> Run(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OneCode.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
