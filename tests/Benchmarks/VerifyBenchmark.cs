using System.Diagnostics;
using OneCode;
using OneCode.Cli.Vectors;
using OneCode.Sm;

namespace Benchmarks;

/// <summary>
/// Text to verdict beside OpenSSL's own verification: the part of a scan that nobody can avoid.
/// </summary>
internal static class VerifyBenchmark
{
    private const int Turns = 7;
    private const int Texts = 64;
    private const int BatchTexts = 4096;
    private const string Es256Peer = "OpenSSL verifies P-256";
    private const string Sm2Peer = "OpenSSL verifies SM2";
    private const int HostileTurns = 200;
    private const int CallsPerStatusTurn = 20_000_000;

    public static Task<IReadOnlyList<Figure>> PaperAsync() => Figures(
        Race.Run("verify", "paper text to verdict with status, ES256, nothing remembered", Judging(Holding(new CredentialVerifier(remembered: 0)), PaperTexts(Texts)), OpenSslLimit.EcdsaP256(), Es256Peer));

    /// <summary>The same static codes again and again, from the memory: the aim is a million a second, so the aim is the peer.</summary>
    public static Task<IReadOnlyList<Figure>> RepeatedAsync()
    {
        var judge = Judging(Holding(new CredentialVerifier()), PaperTexts(Texts));
        var print = Judging(Holding(new CredentialVerifier()), [.. PaperTexts(Texts).Select(text => CodeText.EncodePrint(CodeText.Decode(text)!, "c.example.cn"))]);
        return Figures(Repeated("verify-repeated", "static codes seen before, OC1 text, time and status judged, one core", judge), Repeated("verify-repeated print", "the same as print texts, one core", print));
    }

    /// <summary>All cores beside one, the same texts.</summary>
    public static Task<IReadOnlyList<Figure>> BatchAsync()
    {
        var texts = PaperTexts(BatchTexts);
        var holding = Holding(new CredentialVerifier(remembered: 0));
        var pairs = new List<(double All, double One)>();
        for (var turn = 0; turn <= Turns; turn++)
        {
            var all = Seconds(() => holding.VerifyAll(texts, World.Now));
            var one = Seconds(() => Array.ConvertAll(texts, text => holding.Verify(text, World.Now)));
            pairs.Add((BatchTexts / all, BatchTexts / one));
        }

        var (ours, peer) = pairs.Skip(1).OrderBy(pair => pair.All / pair.One).ElementAt(Turns / 2);
        return Figures(new Figure("verify-batch", ours, peer, "one after the other", "1/s", FormattableString.Invariant($"{BatchTexts} paper texts in one call, {Environment.ProcessorCount} cores, by the clock")));
    }

    public static Task<IReadOnlyList<Figure>> PhoneAsync()
    {
        var texts = Enumerable.Range(0, Texts).Select(i => (ACode.Phone with { Claims = ACode.PhonePerson with { Status = new StatusReference("pd2611250", 100 + i) } }).Text()).ToArray();
        return Figures(
            Race.Run("verify-phone cold", "phone text to verdict, two signatures, nothing remembered", Judging(Holding(new CredentialVerifier(remembered: 0)), texts), OpenSslLimit.EcdsaP256(), Es256Peer),
            Race.Run("verify-phone warm", "the same when the credential was verified before", Judging(Holding(new CredentialVerifier()), texts), OpenSslLimit.EcdsaP256(), Es256Peer));
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

    /// <summary>Paper and phone in SM2 throughout; BouncyCastle is measured on the signature alone.</summary>
    public static Task<IReadOnlyList<Figure>> Sm2Async()
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
        return Figures(
            Race.Run("verify-sm2", "paper text to verdict with status, SM2, nothing remembered", Judging(Sm2Holding(0), paper), OpenSslLimit.Sm2(), Sm2Peer),
            Race.Run("verify-sm2 phone", "phone text to verdict, two SM2 signatures, nothing remembered", Judging(Sm2Holding(0), phone), OpenSslLimit.Sm2(), Sm2Peer),
            Race.Run("verify-sm2 warm", "the same when the credential was verified before", Judging(Sm2Holding(4096), phone), OpenSslLimit.Sm2(), Sm2Peer),
            Race.Run("verify-sm2 bouncy", "one SM2 signature by BouncyCastle", () => bouncy.HasSigned(signed, signature), OpenSslLimit.Sm2(), Sm2Peer));
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

    private static Task<IReadOnlyList<Figure>> Figures(params Figure[] figures) => Task.FromResult<IReadOnlyList<Figure>>(figures);

    private static string[] PaperTexts(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", 100 + i) } }.Text())];

    private static Func<bool> Judging(OfflineVerifier holding, string[] texts)
    {
        var next = 0;
        return () => holding.Verify(texts[next++ % texts.Length], World.Now) is Verdict.Passed;
    }

    private static Figure Repeated(string name, string conditions, Func<bool> judge)
    {
        _ = Race.Measure(judge, TimeSpan.FromSeconds(2));
        var turns = Enumerable.Range(0, 20).Select(_ => Race.Measure(judge, TimeSpan.FromMilliseconds(100))).OrderBy(turn => turn.Processor).ToList();
        return new Figure(name, turns[turns.Count / 2].Processor, 1e6, "aim", "1/s", FormattableString.Invariant($"{conditions}; by the clock {turns[turns.Count / 2].Wall:0}"));
    }

    private static double Seconds(Action action)
    {
        var started = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(started).TotalSeconds;
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
