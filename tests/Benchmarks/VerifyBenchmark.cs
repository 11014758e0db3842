using System.Diagnostics;
using System.Globalization;
using OneCode;
using OneCode.Cli.Vectors;
using OneCode.Sm;

namespace Benchmarks;

/// <summary>
/// Text to verdict beside OpenSSL's own P-256 verification: the part of a scan that nobody can avoid. Both in user time of one thread, in pairs of a
/// second each, and the median pair counts: what else the machine does then blurs both alike.
/// </summary>
internal static class VerifyBenchmark
{
    private const int Turns = 7;
    private const int Texts = 64;
    private const string Sm2Peer = "sm2";
    private const int HostileTurns = 200;
    private const int CallsPerStatusTurn = 20_000_000;

    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    public static Task<IReadOnlyList<Figure>> PaperAsync()
    {
        var holding = Holding(new CredentialVerifier());
        var texts = Enumerable.Range(0, Texts).Select(i => (new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", 100 + i) } }).Text()).ToArray();
        return CompareAsync("verify", "paper text to verdict with status, ES256, one core", holding, texts);
    }

    public static async Task<IReadOnlyList<Figure>> PhoneAsync()
    {
        var texts = Enumerable.Range(0, Texts).Select(i => (ACode.Phone with { Claims = ACode.PhonePerson with { Status = new StatusReference("pd2611250", 100 + i) } }).Text()).ToArray();
        return
        [
            .. await CompareAsync("verify-phone cold", "phone text to verdict, two signatures, nothing remembered, one core", Holding(new CredentialVerifier(remembered: 0)), texts),
            .. await CompareAsync("verify-phone warm", "the same when the credential was verified before, one core", Holding(new CredentialVerifier()), texts),
        ];
    }

    /// <summary>The slowest hostile text: no input may cost a gate more than 5 ms. The best of many turns each, for the machine has other work.</summary>
    public static Task<IReadOnlyList<Figure>> HostileAsync()
    {
        var holding = Holding(new CredentialVerifier(remembered: 0));
        var slowest = HostileTexts.All().Max(text =>
        {
            var best = double.MaxValue;
            for (var i = 0; i < HostileTurns; i++)
            {
                var started = Stopwatch.GetTimestamp();
                _ = holding.Verify(text, World.Now);
                best = Math.Min(best, Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }

            return best;
        });
        return Task.FromResult<IReadOnlyList<Figure>>([new Figure("hostile", slowest, 5, "limit", "ms", "the slowest of the hostile texts of 8 kB, text to verdict, one core")]);
    }

    /// <summary>Paper and phone in SM2 throughout, beside <c>openssl speed sm2</c>; BouncyCastle, for machines without, is measured on the signature alone.</summary>
    public static async Task<IReadOnlyList<Figure>> Sm2Async()
    {
        var paper = Enumerable.Range(0, Texts).Select(i => new ACode { Key = "sm2-person", Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", 100 + i) } }.Text()).ToArray();
        var device = DeviceKey.From(TestKeys.Of("sm2-device").PublicKey);
        var phone = Enumerable.Range(0, Texts).Select(i => (ACode.Phone with
        {
            Key = "sm2-person",
            Device = "sm2-device",
            Claims = ACode.PhonePerson with { Holder = device, Status = new StatusReference("pd2611250", 100 + i) },
        }).Text()).ToArray();
        var (signed, signature, key) = ("what is signed"u8.ToArray(), TestKeys.Sign("sm2-person", "what is signed"u8.ToArray()), TestKeys.Of("sm2-person").PublicKey);
        var bouncy = new BouncySm2().Import(key.X, key.Y);
        return
        [
            .. await CompareAsync("verify-sm2", "paper text to verdict with status, SM2, one core", RateOf(Sm2Holding(0), paper), Sm2Peer),
            .. await CompareAsync("verify-sm2 phone", "phone text to verdict, two SM2 signatures, nothing remembered, one core", RateOf(Sm2Holding(0), phone), Sm2Peer),
            .. await CompareAsync("verify-sm2 warm", "the same when the credential was verified before, one core", RateOf(Sm2Holding(4096), phone), Sm2Peer),
            .. await CompareAsync("verify-sm2 managed", "one SM2 signature by BouncyCastle, one core", () => Rate(() => bouncy.HasSigned(signed, signature), 16), Sm2Peer),
        ];
    }

    /// <summary>The aim is 100 million a second a core: no peer does this, so the aim is the peer.</summary>
    public static Task<IReadOnlyList<Figure>> StatusAsync()
    {
        var list = new StatusList(StatusList.ShardEntries, 2);
        for (var i = 0; i < StatusList.ShardEntries; i += 101)
        {
            list.Set(i, StatusValue.Invalid);
        }

        var best = 0.0;
        for (var turn = 0; turn < Turns; turn++)
        {
            var before = Environment.CpuUsage.UserTime;
            var invalid = 0;
            var index = 0;
            for (var i = 0; i < CallsPerStatusTurn; i++)
            {
                // A stride through the whole shard, so that the cache is not the only thing measured.
                index += 7919;
                index -= index >= StatusList.ShardEntries ? StatusList.ShardEntries : 0;
                invalid += list.Get(index) == StatusValue.Invalid ? 1 : 0;
            }

            GC.KeepAlive(invalid);
            best = Math.Max(best, CallsPerStatusTurn / (Environment.CpuUsage.UserTime - before).TotalSeconds);
        }

        return Task.FromResult<IReadOnlyList<Figure>>([new Figure("status", best, 100e6, "aim", "1/s", "one index of a 2-bit shard in process, one core")]);
    }

    private static Task<IReadOnlyList<Figure>> CompareAsync(string name, string conditions, OfflineVerifier holding, string[] texts) =>
        CompareAsync(name, conditions, RateOf(holding, texts), "ecdsap256");

    private static async Task<IReadOnlyList<Figure>> CompareAsync(string name, string conditions, Func<double> rate, string peerName)
    {
        _ = rate();
        var pairs = new List<(double Ours, double Peer)>();
        for (var turn = 0; turn < Turns; turn++)
        {
            pairs.Add((rate(), await OpenSslAsync(peerName)));
        }

        var (ours, peer) = pairs.OrderBy(pair => pair.Ours / pair.Peer).ElementAt(Turns / 2);
        return [new Figure(name, ours, peer, $"openssl speed {peerName}, verify", "1/s", conditions)];
    }

    private static Func<double> RateOf(OfflineVerifier holding, string[] texts) => () => Rate(holding, texts);

    private static double Rate(OfflineVerifier holding, string[] texts)
    {
        var next = 0;
        return Rate(() => holding.Verify(texts[next++ % texts.Length], World.Now) is Verdict.Passed, texts.Length);
    }

    private static double Rate(Func<bool> check, int batch)
    {
        var started = Stopwatch.GetTimestamp();
        var before = Environment.CpuUsage.UserTime;
        long calls = 0;
        while (Stopwatch.GetElapsedTime(started) < Turn)
        {
            for (var i = 0; i < batch; i++)
            {
                if (!check())
                {
                    throw new InvalidOperationException("A good code did not pass.");
                }
            }

            calls += batch;
        }

        return calls / (Environment.CpuUsage.UserTime - before).TotalSeconds;
    }

    // It counts user time, and so do we. The last line ends in the rates of signing and verifying.
    private static async Task<double> OpenSslAsync(string algorithm)
    {
        var start = new ProcessStartInfo("openssl", ["speed", "-seconds", "1", algorithm]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        _ = await errors;
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
        return double.Parse(last.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);
    }

    private static OfflineVerifier Sm2Holding(int remembered)
    {
        var holding = new OfflineVerifier(Sm2World.Roots, new CredentialVerifier(remembered));
        _ = holding.TakeTrustList(Sm2World.Trust);
        foreach (var list in Sm2World.StatusLists)
        {
            _ = holding.TakeStatusList(list);
        }

        return holding;
    }

    private static OfflineVerifier Holding(CredentialVerifier verifier)
    {
        var holding = new OfflineVerifier(World.Roots, verifier);
        _ = holding.TakeTrustList(World.Trust);
        foreach (var list in World.StatusLists)
        {
            _ = holding.TakeStatusList(list);
        }

        return holding;
    }
}
