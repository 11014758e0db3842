using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OneCode.Cli.Vectors;
using OneCode.Sm;

namespace OneCode.Tests;

/// <summary>A key got out: one command, and its codes are dead, in C# and in JavaScript, while the other region's go on. Roots hand over.</summary>
public sealed class TrustDrillTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("onecode-drill-");
    private readonly string roots;
    private readonly string list;

    public TrustDrillTests()
    {
        roots = Place("roots.json");
        list = Place("trust-list.cose");
        File.WriteAllText(roots, World.Roots.ToJson());
        File.WriteAllBytes(list, World.Trust);
        foreach (var name in new[] { "root-1", "root-2", "root-3", "new-1", "new-2" })
        {
            File.WriteAllText(Place(name + ".key.pem"), Pem(name));
        }
    }

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_killed_key_fails_its_codes_and_no_other_regions()
    {
        var (ours, theirs) = (new ACode().Text(), OfRegion32);
        Assert.Equal(("passed", "passed"), (Says(ours), Says(theirs)));

        var (exit, output, error) = await Trust("kill", "--kid", TestKeys.Of("person").KeyId.ToString(), "--key", Place("root-1.key.pem"), Place("root-3.key.pem"));
        Assert.True(exit == 0, error);
        Assert.Contains("keys of 34, 32", output, StringComparison.Ordinal);

        Assert.Equal(("KeyWithdrawn", "passed"), (Says(ours), Says(theirs)));
        Assert.Equal("KeyWithdrawn passed", await InJavaScript(ours, theirs));

        // Whoever took the new list in does not go back to the old one.
        var verifier = Verifier();
        Assert.Equal(TrustListRejection.Rollback, verifier.TakeTrustList(World.Trust));
    }

    [Fact]
    public async Task A_killed_status_key_takes_no_code_with_it_but_its_lists()
    {
        Assert.Equal(0, (await Trust("kill", "--kid", TestKeys.Of("status").KeyId.ToString(), "--key", Place("root-1.key.pem"), Place("root-2.key.pem"))).Exit);
        Assert.Equal("StatusUnknown", Says(new ACode().Text()));
        Assert.Equal("passed", Says(OfRegion32));
    }

    [Fact]
    public async Task One_root_where_two_must_sign_writes_nothing()
    {
        var (exit, _, error) = await Trust("kill", "--kid", TestKeys.Of("person").KeyId.ToString(), "--key", Place("root-1.key.pem"));
        Assert.Equal(64, exit);
        Assert.Contains("ThresholdNotMet", error, StringComparison.Ordinal);
        Assert.Equal(World.Trust, await File.ReadAllBytesAsync(list, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_unknown_key_is_said_with_those_that_there_are()
    {
        var (exit, _, error) = await Trust("kill", "--kid", "0123456789abcdef", "--key", Place("root-1.key.pem"), Place("root-2.key.pem"));
        Assert.Equal(64, exit);
        Assert.Contains(TestKeys.Of("person-32").KeyId.ToString(), error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_raised_floor_makes_old_lists_stale_and_forgives_nothing()
    {
        Assert.Equal(0, (await Trust("floor", "--kid", TestKeys.Of("person").KeyId.ToString(), "--key", Place("root-1.key.pem"), Place("root-2.key.pem"))).Exit);
        Assert.Equal("StatusStale", Says(new ACode().Text()));
        Assert.Equal("Revoked", Says(new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", World.RevokedIndex) } }.Text()));
    }

    [Fact]
    public async Task Another_regions_keys_are_admitted_and_what_was_withdrawn_here_stays_so()
    {
        var other = new TrustRoots([TestKeys.Of("root-of-32").PublicKey], 1);
        var theirs = World.TrustContent with
        {
            Publisher = "32",
            Keys = [World.Key("person-32", "32", KeyPurpose.Person, World.Template32), World.Key("vehicle-32", "32", KeyPurpose.Vehicle, World.Template32), World.Key("person-31", "31", KeyPurpose.Person, World.Template32)],
        };
        await File.WriteAllBytesAsync(Place("32.cose"), World.SignTrust(theirs, "root-of-32"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Place("32.json"), other.ToJson(), TestContext.Current.CancellationToken);
        string[] keys = ["--key", Place("root-1.key.pem"), Place("root-2.key.pem")];
        Assert.Equal(0, (await Trust(["kill", "--kid", TestKeys.Of("person-32").KeyId.ToString(), .. keys])).Exit);
        var (exit, _, error) = await Trust(["admit", "--other", Place("32.cose"), "--other-root", Place("32.json"), .. keys]);
        Assert.True(exit == 0, error);
        var after = Verifier().Trust!.Content.Keys;
        Assert.Contains(after, key => key.PublicKey.Equals(TestKeys.Of("vehicle-32").PublicKey));
        Assert.NotNull(after.Single(key => key.PublicKey.Equals(TestKeys.Of("person-32").PublicKey)).WithdrawnSince);
        // A region speaks for itself alone.
        Assert.DoesNotContain(after, key => key.Issuer == "31");
        Assert.Contains(after, key => key.PublicKey.Equals(TestKeys.Of("person").PublicKey) && key.WithdrawnSince is null);
        Assert.Equal("KeyWithdrawn", Says(OfRegion32));
    }

    [Fact]
    public async Task New_roots_take_over_by_a_threshold_of_both_sets_and_the_old_ones_sign_nothing_any_more()
    {
        var next = new TrustRoots([TestKeys.Of("new-1").PublicKey, TestKeys.Of("new-2").PublicKey], 2);
        await File.WriteAllTextAsync(Place("new.json"), next.ToJson(), TestContext.Current.CancellationToken);
        string[] rotate = ["trust", "rotate", "--root", roots, "--new", Place("new.json"), "--out", Place("roots.cose"), "--key"];
        Assert.Equal(64, (await RunAsync([.. rotate, Place("root-1.key.pem"), Place("new-1.key.pem"), Place("new-2.key.pem")])).Exit);
        Assert.Equal(64, (await RunAsync([.. rotate, Place("root-1.key.pem"), Place("root-2.key.pem"), Place("new-1.key.pem")])).Exit);
        Assert.False(File.Exists(Place("roots.cose")));
        var (exit, _, error) = await RunAsync([.. rotate, Place("root-1.key.pem"), Place("root-2.key.pem"), Place("new-1.key.pem"), Place("new-2.key.pem")]);
        Assert.True(exit == 0, error);

        var change = await File.ReadAllBytesAsync(Place("roots.cose"), TestContext.Current.CancellationToken);
        var verifier = Verifier();
        Assert.Null(verifier.TakeRoots(change));
        Assert.Equal(2, verifier.Roots!.Version);
        Assert.IsType<Verdict.Passed>(verifier.Verify(new ACode().Text(), World.Now));
        Assert.Equal(TrustListRejection.ThresholdNotMet, verifier.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 99 }, "root-1", "root-2")));
        Assert.Null(verifier.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 99 }, "new-1", "new-2")));
        // Again, it changes nothing; and the file of new roots is what a new verifier is given.
        Assert.NotNull(verifier.TakeRoots(change));
        Assert.Equal(2, TrustRoots.ParseJson(await File.ReadAllTextAsync(Place("new.json"), TestContext.Current.CancellationToken)).Version);
    }

    [Fact]
    public async Task Roots_of_both_algorithms_sign_one_list_through_the_command()
    {
        // A profile that asks for SM2 beside ES256: two roots of two kinds, and both must sign.
        using var sm2 = Sm2PrivateKey.Generate();
        await File.WriteAllTextAsync(Place("sm2.key.pem"), Sm2Keys.WritePrivatePem(sm2), TestContext.Current.CancellationToken);
        var both = new TrustRoots([TestKeys.Of("root-1").PublicKey, sm2.PublicKey], 2, Sm2.AndEs256);
        await File.WriteAllTextAsync(Place("both.json"), both.ToJson(), TestContext.Current.CancellationToken);

        // As a signature of a root to come, which those who hold the old roots pass over.
        var (exit, _, error) = await Trust("sign", "--key", Place("root-1.key.pem"), Place("root-2.key.pem"), Place("sm2.key.pem"));
        Assert.True(exit == 0, error);
        Assert.Equal("passed", Says(new ACode().Text()));
        var signed = await File.ReadAllBytesAsync(list, TestContext.Current.CancellationToken);
        Assert.Null(new OfflineVerifier(both).TakeTrustList(signed));
        Assert.Equal(TrustListRejection.ThresholdNotMet, new OfflineVerifier(both).TakeTrustList(World.Trust));

        // One of the two kinds alone is not enough, and is not written.
        string[] sign = ["trust", "sign", "--list", list, "--root", Place("both.json"), "--at", Moment, "--key"];
        Assert.Equal(64, (await RunAsync([.. sign, Place("root-1.key.pem")])).Exit);
        Assert.Equal(64, (await RunAsync([.. sign, Place("sm2.key.pem")])).Exit);
        Assert.Equal(0, (await RunAsync([.. sign, Place("root-1.key.pem"), Place("sm2.key.pem")])).Exit);
        Assert.Null(new OfflineVerifier(both).TakeTrustList(await File.ReadAllBytesAsync(list, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task What_another_regions_levels_count_for_is_said_by_the_roots()
    {
        string[] keys = ["--key", Place("root-1.key.pem"), Place("root-2.key.pem")];
        Assert.Equal(2, Assert.IsType<Verdict.Passed>(Verifier().Verify(OfRegion32, World.Now)).Credential.Level);
        var (exit, _, error) = await Trust(["levels", "--region", "32", "--as", "0,1,3,4", .. keys]);
        Assert.True(exit == 0, error);
        Assert.Equal(1, Assert.IsType<Verdict.Passed>(Verifier().Verify(OfRegion32, World.Now)).Credential.Level);
        Assert.Equal(2, Assert.IsType<Verdict.Passed>(Verifier().Verify(new ACode().Text(), World.Now)).Credential.Level);

        // What the format does not have is refused in words, and the list stays.
        foreach (var wrong in new[] { "0,1,3", "3,2,1,0", "1,2,3,5", "a,b,c,d", "-1,0,0,0" })
        {
            Assert.Equal(64, (await Trust(["levels", "--region", "32", $"--as={wrong}", .. keys])).Exit);
        }

        Assert.Equal(64, (await Trust(["levels", "--region", "34", "--as", "0,1,3,4", .. keys])).Exit);
        Assert.Equal(0, (await Trust(["levels", "--region", "32", .. keys])).Exit);
        Assert.Equal(2, Assert.IsType<Verdict.Passed>(Verifier().Verify(OfRegion32, World.Now)).Credential.Level);
    }

    [Theory]
    [InlineData(TrustListRejection.Malformed)]
    [InlineData(TrustListRejection.UnexpectedType)]
    [InlineData(TrustListRejection.SignatureInvalid)]
    [InlineData(TrustListRejection.ThresholdNotMet)]
    [InlineData(TrustListRejection.Rollback)]
    public async Task A_change_of_roots_is_refused_for_what_is_wrong_with_it(TrustListRejection reason)
    {
        var next = new TrustRoots([TestKeys.Of("new-1").PublicKey], 1) { Version = reason == TrustListRejection.Rollback ? 1 : 2 };
        string[] signers = reason == TrustListRejection.ThresholdNotMet ? ["root-1", "new-1"] : ["root-1", "root-2", "new-1"];
        var signed = await TrustRootsToken.Prepare(next).CompleteAsync([.. signers.Select(TestKeys.Of)], TestContext.Current.CancellationToken);
        signed = reason switch
        {
            TrustListRejection.Malformed => signed[..^1],
            TrustListRejection.UnexpectedType => World.Trust,
            TrustListRejection.SignatureInvalid => [.. signed[..^1], (byte)(signed[^1] ^ 1)],
            _ => signed,
        };
        var verifier = Verifier();
        Assert.Equal(reason, verifier.TakeRoots(signed));
        Assert.Same(World.Roots.Keys[0], verifier.Roots!.Keys.Single(key => key.KeyId == World.Roots.Keys[0].KeyId));
        Assert.Equal(TrustListRejection.UnexpectedType, verifier.TakeTrustList(await TrustRootsToken.Prepare(next).CompleteAsync([TestKeys.Of("root-1")], TestContext.Current.CancellationToken)));
    }

    // The world's time, not today's.
    private static string Moment => World.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static string OfRegion32 => new ACode { Key = "person-32", Claims = ACode.PaperPerson with { Issuer = "32" } }.Text();

    private string Place(string file) => Path.Combine(folder.FullName, file);

    private static string Pem(string name)
    {
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = SHA256.HashData(Encoding.UTF8.GetBytes("onecode test key, not secret: " + name)) });
        return key.ExportPkcs8PrivateKeyPem();
    }

    private OfflineVerifier Verifier()
    {
        var verifier = new OfflineVerifier(World.Roots);
        Assert.Null(verifier.TakeTrustList(File.ReadAllBytes(list)));
        Assert.All(World.StatusLists, status => _ = verifier.TakeStatusList(status));
        var content = World.StatusContent("pm27110") with { Uri = World.Template32.Replace(TrustedKey.ListPlaceholder, "pm27110", StringComparison.Ordinal) };
        _ = verifier.TakeStatusList(World.SignStatus(content, "status-32"));
        return verifier;
    }

    // At the moment of the list: the command's clock is today's, the world's is not.
    private string Says(string text) => Verifier().Verify(text, World.Now) switch
    {
        Verdict.Failed failed => failed.Reason.ToString(),
        Verdict.Indeterminate unknown => unknown.Missing.ToString(),
        _ => "passed",
    };

    private async Task<string> InJavaScript(params string[] texts)
    {
        var script = Place("drill.mjs");
        var module = new Uri(Path.Combine(Repository.Root, "src", "OneCode.Web", "site", "onecode", "index.js")).AbsoluteUri;
        var status32 = World.SignStatus(World.StatusContent("pm27110") with { Uri = World.Template32.Replace(TrustedKey.ListPlaceholder, "pm27110", StringComparison.Ordinal) }, "status-32");
        await File.WriteAllTextAsync(script, $$"""
            import { readFileSync } from 'node:fs';
            import { readTrustRoots, verify, verifyStatusList, verifyTrustList } from '{{module}}';
            const roots = await readTrustRoots(JSON.parse(readFileSync(process.argv[2], 'utf8')));
            const { list: trust } = await verifyTrustList(new Uint8Array(readFileSync(process.argv[3])), roots);
            const lists = new Map();
            for (const hex of process.argv[4].split(',')) {
              const { list } = await verifyStatusList(new Uint8Array(Buffer.from(hex, 'hex')), trust);
              if (list) lists.set(list.region + list.uri, list);
            }
            const now = {{World.Now.ToUnixTimeSeconds()}};
            const said = [];
            for (const text of process.argv.slice(5)) {
              const { verdict, reason } = await verify(text, { roots, trust, statuses: { find: (uri, region) => lists.get(region + uri) ?? null }, now });
              said.push(reason ?? verdict);
            }
            console.log(said.join(' '));
            """, TestContext.Current.CancellationToken);
        var (exit, output, error) = await StartAsync("node", [script, roots, list, string.Join(',', World.StatusLists.Append(status32).Select(Convert.ToHexStringLower)), .. texts]);
        Assert.True(exit == 0, error);
        return output.Trim();
    }

    private Task<(int Exit, string Output, string Error)> Trust(params string[] arguments) => RunAsync(["trust", arguments[0], "--list", list, "--root", roots, "--at", Moment, .. arguments[1..]]);

    private static Task<(int Exit, string Output, string Error)> RunAsync(string[] arguments) => StartAsync("dotnet", [typeof(World).Assembly.Location, .. arguments]);

    private static async Task<(int Exit, string Output, string Error)> StartAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }
}
