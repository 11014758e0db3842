using System.Buffers.Binary;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace OneCode.Tests;

/// <summary>What an auditor's script relies on: exit codes and words. What is found in a log of the server, the server's own tests show.</summary>
public sealed class AuditCommandTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("audit-");
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string keyFile;
    private readonly List<JsonObject> log;

    public AuditCommandTests()
    {
        keyFile = Write("key.pem", key.ExportSubjectPublicKeyInfoPem());
        var head = new byte[32];
        var place = PlaceOf(1, ref head);
        log = [CheckpointOf(1, head), place];
    }

    public void Dispose()
    {
        key.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_log_that_is_whole_exits_with_0() =>
        Assert.Equal((0, "1 places, 0 findings, signed until 2026-11-24 12:00:00Z"), await Verify(log));

    [Fact]
    public async Task A_changed_one_exits_with_1_and_says_where()
    {
        log[1]["record"]!["actor"] = "account:2";
        var (exit, words) = await Verify(log);
        Assert.Equal(1, exit);
        Assert.StartsWith("modified at 1:", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_without_a_checkpoint_is_no_pass() => Assert.Equal(2, (await Verify(log[1..])).Exit);

    [Fact]
    public async Task A_checkpoint_that_was_kept_elsewhere_shows_what_was_cut_off()
    {
        var kept = Write("kept.jsonl", CheckpointOf(9, new byte[32]).ToJsonString());
        var (exit, words) = await Verify(log, "--checkpoints", kept);
        Assert.Equal(1, exit);
        Assert.StartsWith("truncated at 9:", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_log_and_a_key_that_is_none_are_wrong_use()
    {
        Assert.Equal(64, (await RunAsync("audit", "verify", keyFile, "--key", keyFile)).Exit);
        var file = Write("log.jsonl", log[1].ToJsonString());
        Assert.Equal(64, (await RunAsync("audit", "verify", file, "--key", file)).Exit);
        Assert.Equal(64, (await RunAsync("audit", "verify", file)).Exit);
    }

    private Task<(int Exit, string Words)> Verify(IEnumerable<JsonObject> lines, params string[] more) =>
        RunAsync(["audit", "verify", Write("log.jsonl", string.Join('\n', lines.Select(line => line.ToJsonString()))), "--key", keyFile, .. more]);

    private static async Task<(int Exit, string Words)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "OneCode.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var words = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await error;
        return (process.ExitCode, words.Trim());
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private JsonObject CheckpointOf(long size, byte[] head)
    {
        const long At = 1795521600;
        var text = Encoding.ASCII.GetBytes($"onecode-audit-log\n{size}\n{Convert.ToBase64String(head)}\n{At}\n");
        return new()
        {
            ["checkpoint"] = new JsonObject
            {
                ["size"] = size,
                ["head"] = Convert.ToBase64String(head),
                ["at"] = At,
                ["kid"] = PublicKey.From(key).KeyId.ToString(),
                ["signature"] = Convert.ToBase64String(key.SignData(text, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)),
            },
        };
    }

    /// <summary>By the words of the audit log's README, a third time: server, command line, here.</summary>
    private static JsonObject PlaceOf(long place, ref byte[] head)
    {
        var id = new Guid("019ab5e8-0000-7000-8000-000000000001");
        var at = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(at, 1795521000123);
        byte[] absent = [0xff, 0xff, 0xff, 0xff];
        var digest = SHA256.HashData([
            0, 0, 0, 1, 7, 0, 0, 0, 16, .. id.ToByteArray(bigEndian: true), 0, 0, 0, 8, .. at,
            0, 0, 0, 10, .. "test.tried"u8, 0, 0, 0, 9, .. "account:1"u8, .. absent, .. absent, .. absent]);
        var number = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(number, place);
        head = SHA256.HashData([.. head, .. number, .. digest]);
        return new()
        {
            ["place"] = place,
            ["entry"] = id,
            ["digest"] = Convert.ToBase64String(digest),
            ["head"] = Convert.ToBase64String(head),
            ["record"] = new JsonObject
            {
                ["place"] = place,
                ["salt"] = Convert.ToBase64String([7]),
                ["at"] = 1795521000123,
                ["what"] = "test.tried",
                ["actor"] = "account:1",
                ["subject"] = null,
                ["contentKey"] = null,
                ["content"] = null,
            },
        };
    }
}
