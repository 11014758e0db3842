using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;

namespace OneCode.Tests;

/// <summary>The program behind a turnstile, as a process: lines in, answers out, no network anywhere.</summary>
public sealed class GateTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly LiveProvince province = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => province.Dispose();

    [Fact]
    public async Task Each_line_gets_its_answer_and_the_five_stay_apart()
    {
        var codes = province.Codes();
        using var gate = Start("--trust", province.Trust, "--status", province.Status);
        foreach (var (answer, text) in codes)
        {
            await gate.StandardInput.WriteAsync((text + "\r\n").AsMemory(), Cancellation);
            var json = await AnswerAsync(gate);
            Assert.Equal(answer, (string?)json["answer"]);
            Assert.True((long?)json["trustAge"] >= 3600);
        }

        gate.StandardInput.Close();
        await gate.WaitForExitAsync(Cancellation).WaitAsync(Patience, Cancellation);
        Assert.Equal(0, gate.ExitCode);
    }

    [Fact]
    public async Task What_is_no_code_gets_an_answer_too_and_the_gate_goes_on()
    {
        using var gate = Start("--trust", province.Trust, "--status", province.Status);
        foreach (var line in new[] { "6901234567892", "OC1:" + new string('A', 100_000), "\0\u0001", "OC1:中文" })
        {
            await gate.StandardInput.WriteAsync((line + "\n").AsMemory(), Cancellation);
            var json = await AnswerAsync(gate);
            Assert.Equal("invalid Malformed", $"{json["answer"]} {json["reason"]}");
        }

        await gate.StandardInput.WriteAsync((province.Codes()["valid"] + "\r").AsMemory(), Cancellation);
        var passed = await AnswerAsync(gate);
        Assert.Equal("valid", (string?)passed["answer"]);
        Assert.InRange((long)passed["statusAge"]!, 300, 3600);
    }

    [Fact]
    public async Task A_restart_without_network_goes_on_with_what_was_kept()
    {
        var codes = province.Codes();
        using (var first = Start("--trust", province.Trust, "--status", province.Status))
        {
            await first.StandardInput.WriteAsync((codes["valid"] + "\n").AsMemory(), Cancellation);
            Assert.Equal("valid", (string?)(await AnswerAsync(first))["answer"]);
            first.Kill();
            await first.WaitForExitAsync(Cancellation);
        }

        // Nobody listens there. A damaged file among those kept is passed over.
        var kept = new DirectoryInfo(province.Cache).EnumerateFiles("*.statuslist").OrderBy(file => file.Length).ToList();
        Assert.Equal(2, kept.Count);
        await File.WriteAllBytesAsync(Path.Combine(province.Cache, "half.statuslist"), (await File.ReadAllBytesAsync(kept[0].FullName, Cancellation))[..50], Cancellation);
        using var second = Start("--trust", "https://127.0.0.1:1/trust", "--wait", "0");
        foreach (var (answer, text) in codes)
        {
            await second.StandardInput.WriteAsync((text + "\n").AsMemory(), Cancellation);
            Assert.Equal(answer, (string?)(await AnswerAsync(second))["answer"]);
        }
    }

    [Fact]
    public async Task A_gate_follows_its_roots_where_the_trust_lists_site_says_keeps_that_and_never_goes_back()
    {
        var codes = province.Codes();
        using (var site = new PublishedFiles())
        {
            site.Files["/trust/list"] = province.TrustOf(version: 8, "new-1", "new-2");
            site.Files["/trust/roots"] = LiveProvince.Handover;
            site.Files["/.well-known/onecode-configuration"] = Encoding.UTF8.GetBytes($$"""{"root_changes_uri":"{{site.Address}}trust/roots"}""");
            using var first = Start("--trust", $"{site.Address}trust/list", "--status", province.Status);
            await SaysAsync(first, "valid", codes["valid"]);
            first.Kill();
            await first.WaitForExitAsync(Cancellation);
        }

        // From the disk alone; then offered what only the roots of yesterday signed, with a greater version.
        using (var second = Start("--trust", "https://127.0.0.1:1/trust", "--wait", "0"))
        {
            await SaysAsync(second, "revoked", codes["revoked"]);
            second.Kill();
            await second.WaitForExitAsync(Cancellation);
        }

        var old = Path.Combine(province.Cache, "old.cose");
        await File.WriteAllBytesAsync(old, province.TrustOf(version: 99, "root-1", "root-2"), Cancellation);
        using var third = Start("--trust", old, "--wait", "0");
        await SaysAsync(third, "valid", codes["valid"]);
        third.StandardInput.Close();
        Assert.Contains("refused: ThresholdNotMet", await third.StandardError.ReadToEndAsync(Cancellation).WaitAsync(Patience, Cancellation), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("valid revoked suspended")]
    [InlineData("valid revoked suspended", "p")]
    [InlineData("notCovered notCovered notCovered", "em", "vm")]
    public async Task A_gate_that_is_to_hold_compact_status_knows_codes_that_no_list_was_fetched_for(string answers, params string[] series)
    {
        using (var site = new PublishedFiles())
        {
            site.Files["/trust/list"] = await File.ReadAllBytesAsync(province.Trust, Cancellation);
            site.Files["/.well-known/onecode-configuration"] = Encoding.UTF8.GetBytes($$"""{"compact_status_uri":"{{site.Address}}compact"}""");
            foreach (var (path, bytes) in LiveProvince.Compact())
            {
                site.Files["/compact" + path] = bytes;
            }

            // No list is to be had: the mirror is a place where nobody listens.
            using var first = Start(["--trust", $"{site.Address}trust/list", "--status", "http://127.0.0.1:1", "--compact", .. series]);
            await AnswersAsync(first);
            first.Kill();
            await first.WaitForExitAsync(Cancellation);
        }

        using var second = Start(["--trust", "http://127.0.0.1:1/trust/list", "--wait", "0", "--compact", .. series]);
        await AnswersAsync(second);

        async Task AnswersAsync(Process gate)
        {
            foreach (var (code, answer) in new[] { "valid", "revoked", "suspended" }.Zip(answers.Split(' ')))
            {
                await SaysAsync(gate, answer, province.Codes()[code]);
            }
        }
    }

    [Fact]
    public async Task Compact_status_has_no_place_to_come_from_when_the_trust_list_is_a_file()
    {
        using var gate = Start("--trust", province.Trust, "--compact");
        await gate.WaitForExitAsync(Cancellation).WaitAsync(Patience, Cancellation);
        Assert.Equal(64, gate.ExitCode);
        Assert.Contains("--trust must be a URL", await gate.StandardError.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Changes_of_roots_come_from_a_file_too_and_one_that_is_none_is_said()
    {
        var (list, changes) = (Path.Combine(province.Status, "list"), Path.Combine(province.Status, "changes"));
        await File.WriteAllBytesAsync(list, province.TrustOf(version: 8, "new-1", "new-2"), Cancellation);
        await File.WriteAllBytesAsync(changes, LiveProvince.Handover, Cancellation);
        using (var gate = Start("--trust", list, "--root-changes", changes, "--status", province.Status))
        {
            await SaysAsync(gate, "valid", province.Codes()["valid"]);
        }

        await File.WriteAllBytesAsync(changes, LiveProvince.Handover[..^1], Cancellation);
        using var damaged = Start("--trust", list, "--root-changes", changes);
        await damaged.WaitForExitAsync(Cancellation).WaitAsync(Patience, Cancellation);
        Assert.Equal(64, damaged.ExitCode);
        Assert.Contains("not a chain", await damaged.StandardError.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scanner_gun_on_a_serial_line_is_read_raw_and_waited_for_when_pulled_out()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Serial devices are Linux's.");
        using var gun = Python("""
            import os, pty, sys, tty
            for line in sys.stdin:
                link, text = line.rstrip("\n").split(" ", 1)
                master, slave = pty.openpty()
                if os.path.islink(link): os.unlink(link)
                os.symlink(os.ttyname(slave), link)
                print("plugged", flush=True)
                sys.stdin.readline()
                os.write(master, text.encode() + b"\r")
                sys.stdin.readline()
                os.unlink(link)
                os.close(slave)
                os.close(master)
                print("pulled", flush=True)
            """);
        var device = Path.Combine(Path.GetDirectoryName(province.Roots)!, "gun");
        var codes = province.Codes();
        Process? gate = null;
        try
        {
            foreach (var answer in new[] { "valid", "revoked" })
            {
                await gun.StandardInput.WriteAsync($"{device} {codes[answer]}\n".AsMemory(), Cancellation);
                Assert.Equal("plugged", await LineAsync(gun.StandardOutput));
                gate ??= Start("--trust", province.Trust, "--status", province.Status, "--device", device);
                await OpenedAsync(gate, device);
                await gun.StandardInput.WriteAsync("scan\n".AsMemory(), Cancellation);
                Assert.Equal(answer, (string?)(await AnswerAsync(gate))["answer"]);
                await gun.StandardInput.WriteAsync("pull\n".AsMemory(), Cancellation);
                Assert.Equal("pulled", await LineAsync(gun.StandardOutput));
            }
        }
        finally
        {
            gate?.Kill();
            gate?.Dispose();
        }
    }

    [Fact]
    public async Task Wrong_use_explains_itself()
    {
        using var gate = Start("--trust", Path.Combine(province.Status, "nothing"));
        await gate.WaitForExitAsync(Cancellation).WaitAsync(Patience, Cancellation);
        Assert.Equal(64, gate.ExitCode);
        Assert.Contains("cannot be read", await gate.StandardError.ReadToEndAsync(Cancellation), StringComparison.Ordinal);
    }

    private static async Task SaysAsync(Process gate, string answer, string text)
    {
        await gate.StandardInput.WriteAsync((text + "\n").AsMemory(), Cancellation);
        Assert.Equal(answer, (string?)(await AnswerAsync(gate))["answer"]);
    }

    private static async Task<JsonNode> AnswerAsync(Process gate) => JsonNode.Parse(await LineAsync(gate.StandardOutput))!;

    private static async Task<string> LineAsync(StreamReader output) =>
        await output.ReadLineAsync(Cancellation).AsTask().WaitAsync(Patience, Cancellation) ?? throw new InvalidOperationException("The process has ended.");

    // Written before it is read, a pseudo-terminal would echo and change what it is given.
    private static async Task OpenedAsync(Process gate, string device)
    {
        var terminal = new FileInfo(device).ResolveLinkTarget(returnFinalTarget: true)!.FullName;
        for (var tries = 0; tries < 1200; tries++)
        {
            if (Directory.EnumerateFileSystemEntries($"/proc/{gate.Id}/fd").Any(entry => new FileInfo(entry).LinkTarget == terminal))
            {
                // Opened; the next call after opening makes it raw.
                await Task.Delay(500, Cancellation);
                return;
            }

            await Task.Delay(100, Cancellation);
        }

        throw new InvalidOperationException("The gate did not open the device.");
    }

    private Process Start(params string[] arguments) => Run(
        "dotnet", [Path.Combine(AppContext.BaseDirectory, "OneCode.Cli.dll"), "gate", "--root", province.Roots, "--cache", province.Cache, .. arguments]);

    private static Process Python(string script) => Run("python3", ["-c", script]);

    private static Process Run(string program, string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
