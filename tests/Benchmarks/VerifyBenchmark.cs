using System.Diagnostics;
using System.Globalization;
using OneCode;
using OneCode.Cli.Vectors;

namespace Benchmarks;

/// <summary>
/// Text to verdict beside OpenSSL's own P-256 verification: the part of a scan that nobody can avoid. Both in user time of one thread, in pairs of a
/// second each, and the median pair counts: what else the machine does then blurs both alike.
/// </summary>
internal static class VerifyBenchmark
{
    private const int Turns = 7;
    private const int Texts = 64;
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

    private static async Task<IReadOnlyList<Figure>> CompareAsync(string name, string conditions, OfflineVerifier holding, string[] texts)
    {
        _ = Rate(holding, texts);
        var pairs = new List<(double Ours, double Peer)>();
        for (var turn = 0; turn < Turns; turn++)
        {
            pairs.Add((Rate(holding, texts), await OpenSslAsync()));
        }

        var (ours, peer) = pairs.OrderBy(pair => pair.Ours / pair.Peer).ElementAt(Turns / 2);
        return [new Figure(name, ours, peer, "openssl speed ecdsap256, verify", "1/s", conditions)];
    }

    private static double Rate(OfflineVerifier holding, string[] texts)
    {
        var started = Stopwatch.GetTimestamp();
        var before = Environment.CpuUsage.UserTime;
        long calls = 0;
        while (Stopwatch.GetElapsedTime(started) < Turn)
        {
            foreach (var text in texts)
            {
                if (holding.Verify(text, World.Now) is not Verdict.Passed)
                {
                    throw new InvalidOperationException("A good code did not pass.");
                }
            }

            calls += texts.Length;
        }

        return calls / (Environment.CpuUsage.UserTime - before).TotalSeconds;
    }

    // It counts user time, and so do we. The last line ends in the rates of signing and verifying.
    private static async Task<double> OpenSslAsync()
    {
        var start = new ProcessStartInfo("openssl", ["speed", "-seconds", "1", "ecdsap256"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        _ = await errors;
        var last = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
        return double.Parse(last.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^1], CultureInfo.InvariantCulture);
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
