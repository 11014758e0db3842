using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using OneCode;
using StackExchange.Redis;

namespace Benchmarks;

/// <summary>
/// The status of a nation, in full: every shard of every register is drawn at random, encoded, signed, downloaded, applied and asked. Only
/// zlib of the plain lists is extrapolated, from one shard in 24, and said so.
/// </summary>
internal static class NationBenchmark
{
    private const int Shard = StatusList.ShardEntries;
    private const int PlainSample = 24;

    /// <summary>Share of phone holdings withdrawn a day.</summary>
    private const double PhoneRate = 0.0005;

    private static readonly Register[] Registers =
    [
        new("persons", "pm", 1_400_000_000, 0.01, 0.01),
        new("enterprises", "em", 180_000_000, 0.10, 0.08),
        new("vehicles", "vm", 400_000_000, 0.05, 0.10),
    ];

    private static readonly long Holdings = Registers.Sum(register => register.Subjects);

    public static async Task<IReadOnlyList<Figure>> RunAsync()
    {
        var figures = new List<Figure>();
        var totals = new Totals();
        var held = new List<CompactSeries>();
        foreach (var register in Registers)
        {
            held.Add(await LongLivedAsync(register, totals, figures));
        }

        figures.Add(new("snapshot", Mega(totals.Snapshot), Mega(totals.SnapshotBound), "entropy bound", "MB", "three registers of long-lived codes; one signature each"));
        figures.Add(new("snapshot-plain", Mega(totals.Snapshot), Mega(totals.Plain), "Token Status List, 2 bits, zlib", "MB", $"zlib extrapolated from one shard in {PlainSample}; downloaded anew each time"));
        figures.Add(new("delta", Mega(totals.Delta), Mega(totals.DeltaBound), "entropy bound", "MB/day", $"{totals.New.ToString("N0", CultureInfo.InvariantCulture)} withdrawals a day"));
        figures.Add(new("delta-plain", Mega(totals.Delta), Mega(totals.Plain), "Token Status List, once a day", "MB/day", "each shard sees a withdrawal a day, so all are downloaded"));
        figures.Add(new("build", totals.Build, totals.PlainBuild, "zlib of the plain lists (extrapolated)", "s CPU", "from ascending indices to signed snapshots, all registers"));
        figures.Add(new("build-delta", totals.BuildDelta, totals.Build, "building the snapshots", "s CPU", "two states to signed deltas"));
        figures.Add(new("take-snapshot", totals.Take, 1, "a second", "s CPU", "verify, check the digest, read strictly"));
        figures.Add(new("take-delta", totals.Apply, totals.Take, "taking the snapshots", "s CPU", "a day's delta of all registers, the outcome's digest included"));
        var size = held.Sum(series => series.State.Lists.Sum(list => (long)list.Size));
        figures.Add(new("verifier-memory", Mega(size), Mega(Registers.Sum(register => register.Shards) * (long)Shard / 4), "bitmaps of 2 bits", "MB", "long-lived codes of the whole nation, directories included"));
        figures.Add(Lookups(held));
        figures.AddRange(await RedisAsync());
        figures.Add(new("rows", totals.New * 3, totals.New, "withdrawals", "rows/day", "long-lived: status entry, outbox message, audit entry"));
        foreach (var daysAhead in new[] { 1, 7 })
        {
            figures.AddRange(Phones(daysAhead, totals));
        }

        return figures;
    }

    private static async Task<CompactSeries> LongLivedAsync(Register register, Totals totals, List<Figure> figures)
    {
        var dice = new Dice(register.Series[0]);
        var indices = Enumerable.Range(0, register.Shards).Select(_ => dice.Draw(Shard, register.Withdrawn)).ToArray();
        using var key = new SoftwareSigner(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        var trust = TrustOf(key);

        // The state, signed.
        var (state, body, snapshot) = ((CompactState)null!, (byte[])null!, (byte[])null!);
        totals.Build += await CpuAsync(async () =>
        {
            state = CompactState.Create(indices.Select((withdrawn, shard) => CompactList.Create(NameOf(register, shard), Shard, withdrawn, [])));
            body = state.Encode();
            snapshot = await SignAsync(Content(register, state, body.Length, 1), key);
        });

        // A day later.
        var perDay = register.Subjects * register.NewAYear / 365 / ((long)register.Shards * Shard);
        var next = CompactState.Create(indices.Select((withdrawn, shard) => CompactList.Create(NameOf(register, shard), Shard, Union(withdrawn, dice.Draw(Shard, perDay)), [])));
        var (changes, delta) = ((byte[])null!, (byte[])null!);
        totals.BuildDelta += await CpuAsync(async () =>
        {
            changes = state.ChangesTo(next);
            var start = new CompactStatusBase(1, state.Digest, SHA256.HashData(changes), changes.Length);
            delta = await SignAsync(Content(register, next, next.Encode().Length, 2) with { Base = start }, key);
        });

        // A verifier.
        CompactSeries series = null!;
        totals.Take += await CpuAsync(() => Task.FromResult(series = Take(trust, snapshot, body, null)));
        totals.Apply += await CpuAsync(() => Task.FromResult(series = Take(trust, delta, changes, series)));

        var withdrawnBefore = indices.Sum(shard => (long)shard.Length);
        var added = next.Lists.Sum(list => (long)list.WithdrawnCount) - withdrawnBefore;
        var entries = (long)register.Shards * Shard;
        var bound = Entropy(entries, withdrawnBefore);
        var deltaBound = Entropy(entries, added);
        totals.Snapshot += body.Length + snapshot.Length;
        totals.SnapshotBound += bound;
        totals.Delta += changes.Length + delta.Length;
        totals.DeltaBound += deltaBound;
        totals.New += added;
        var (plain, plainBuild) = Plain(indices);
        totals.Plain += plain;
        totals.PlainBuild += plainBuild;
        figures.Add(new($"{register.Name}-snapshot", Mega(body.Length + snapshot.Length), Mega(bound), "entropy bound", "MB", $"{register.Shards} shards of {Shard}, {withdrawnBefore} withdrawn ({register.Withdrawn:P0}); plain lists {Mega(plain):0.0} MB"));
        figures.Add(new($"{register.Name}-delta", (changes.Length + delta.Length) / 1e3, deltaBound / 1e3, "entropy bound", "kB/day", $"{added} withdrawn in a day"));
        return series;
    }

    /// <summary>
    /// Day lists: a holding that is withdrawn is a bit on each day that may still have a credential of it. A gate needs the lists of today and of
    /// tomorrow alone, since no other credential is valid now.
    /// </summary>
    private static IEnumerable<Figure> Phones(int daysAhead, Totals totals)
    {
        var shards = (int)((Holdings + Shard - 1) / Shard);
        var entries = (long)shards * Shard;
        var perDay = entries * PhoneRate;
        // Today's list has been open for as many days as it was issued ahead, and today; tomorrow's for one day less.
        var dice = new Dice('d');
        var today = Encode(dice, shards, PhoneRate * (daysAhead + 1));
        var tomorrow = Encode(dice, shards, PhoneRate * daysAhead);
        var dayOfOne = Encode(dice, shards, PhoneRate);
        // A day's download: what is withdrawn today on the two lists, and what tomorrow's list had collected when it came into view.
        var daily = (2.0 * dayOfOne) + (daysAhead > 1 ? Encode(dice, shards, PhoneRate * (daysAhead - 1)) : 0);
        var live = daysAhead + 1;
        var assumptions = $"{Holdings / 1e9:0.00} billion phones (one for each subject), {daysAhead} {(daysAhead == 1 ? "day" : "days")} ahead, {perDay / 1e3:0} thousand withdrawn a day";
        yield return new($"phone-{daysAhead}-snapshot", Mega(today + tomorrow), Mega(totals.Snapshot), "long-lived", "MB", assumptions);
        yield return new($"phone-{daysAhead}-daily", Mega(daily), Mega(totals.Delta), "long-lived", "MB/day", "lists of today and tomorrow only; " + assumptions);
        yield return new($"phone-{daysAhead}-all-days", Mega(live * dayOfOne), Mega(totals.Delta), "long-lived", "MB/day", $"following all {live} live lists");
        yield return new($"phone-{daysAhead}-province", Mega(daily) / 31, Mega(totals.Delta), "long-lived of the nation", "MB/day", "phones of one province of 31, today and tomorrow");
        yield return new($"phone-{daysAhead}-key-hashes", Mega(2 * perDay * 8), Mega(daily), "day lists", "MB/day", "hashes of withdrawn device keys instead, 8 bytes, two keys a holding in view");
        yield return new($"phone-{daysAhead}-redis", Mega(live * entries / 4), Mega(Registers.Sum(register => (long)register.Shards * Shard) / 4), "long-lived", "MB", $"{live} live lists of 2 bits");
        yield return new($"phone-{daysAhead}-rows", perDay * ((2 * live) + 2), totals.New * 3, "long-lived", "rows/day", "an entry and a message for each live list, the holding, the audit entry");
    }

    private static long Encode(Dice dice, int shards, double rate)
    {
        long bytes = 0;
        for (var shard = 0; shard < shards; shard++)
        {
            bytes += CompactState.Create([CompactList.Create("pd2611250", Shard, dice.Draw(Shard, rate), [])]).Encode().Length;
        }

        return bytes;
    }

    private static (double Bytes, double Seconds) Plain(int[][] shards)
    {
        var (bytes, sampled) = (0L, 0);
        var before = Cpu();
        for (var shard = 0; shard < shards.Length; shard += PlainSample)
        {
            var list = new StatusList(Shard, 2);
            foreach (var index in shards[shard])
            {
                list.Set(index, StatusValue.Invalid);
            }

            // And the token around it.
            bytes += list.Deflate().Length + 220;
            sampled++;
        }

        var scale = (double)shards.Length / sampled;
        return (bytes * scale, (Cpu() - before) * scale);
    }

    private static Figure Lookups(List<CompactSeries> held)
    {
        const int Count = 2_000_000;
        var dice = new Dice('l');
        var names = held.SelectMany(series => series.State.Lists.Select(list => (series, list.Name))).ToArray();
        var asked = Enumerable.Range(0, Count).Select(_ => (Of: names[dice.Below(names.Length)], Index: dice.Below(Shard))).ToArray();
        var gone = 0;
        var before = Cpu();
        foreach (var (of, index) in asked)
        {
            gone += of.series.Find(new StatusReference(of.Name, index)).Value == StatusValue.Invalid ? 1 : 0;
        }

        var rate = Count / (Cpu() - before);
        return new("lookups", rate / 1e6, 1, "a million a second", "M/s", $"one thread, random indices of the nation, {gone / (double)Count:P1} withdrawn");
    }

    private static async Task<IReadOnlyList<Figure>> RedisAsync()
    {
        // Measured on a real one: a quarter of the person shards, the rest by proportion.
        const int Keys = 334;
        var folder = Directory.CreateTempSubdirectory("nation-redis-");
        var port = StartBenchmark.FreePort();
        using var redis = Process.Start(new ProcessStartInfo("redis-server", ["--port", port, "--save", "", "--dir", folder.FullName]) { RedirectStandardOutput = true })!;
        redis.OutputDataReceived += (_, _) => { };
        redis.BeginOutputReadLine();
        try
        {
            using var connection = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions { EndPoints = { $"localhost:{port}" }, AbortOnConnectFail = false, ConnectRetry = 20, ConnectTimeout = 10_000, AllowAdmin = true });
            var db = connection.GetDatabase();
            var empty = await UsedAsync(db);
            for (var key = 0; key < Keys; key++)
            {
                await db.StringSetAsync($"status:{{pm{key}}}", new byte[Shard / 4]);
                await db.HashSetAsync($"status:{{pm{key}}}:header", [new("epoch", Guid.Empty.ToString()), new("seq", 1000000), new("count", 10000), new("digest", new byte[32])]);
            }

            var used = (await UsedAsync(db) - empty) / (double)Keys * Registers.Sum(register => register.Shards);
            var ideal = Registers.Sum(register => register.Shards) * (Shard / 4.0);
            return [new("redis-memory", Mega(used), Mega(ideal), "the bits alone", "MB", $"long-lived codes of the nation, 2 bits, used_memory of {Keys} of {Registers.Sum(register => register.Shards)} lists by proportion")];
        }
        finally
        {
            redis.Kill();
            await redis.WaitForExitAsync();
            folder.Delete(recursive: true);
        }
    }

    private static async Task<long> UsedAsync(IDatabase db)
    {
        var info = (string)(await db.ExecuteAsync("INFO", "memory"))!;
        return long.Parse(info.Split('\n').Single(line => line.StartsWith("used_memory:", StringComparison.Ordinal)).Split(':')[1], CultureInfo.InvariantCulture);
    }

    private static CompactSeries Take(TrustList trust, byte[] message, byte[] body, CompactSeries? held) =>
        CompactStatusToken.TryVerify(message, trust, out var verified, out var refused) && CompactSeries.TryTake(verified, body, held, out var series, out refused)
            ? series
            : throw new InvalidOperationException($"A verifier refuses it: {refused}.");

    private static TrustList TrustOf(SoftwareSigner key)
    {
        using var root = new SoftwareSigner(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        var now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
        var content = new TrustListContent
        {
            Publisher = "34",
            Version = 1,
            IssuedAt = now,
            TimeToLive = TimeSpan.FromDays(1),
            ExpiresAt = now.AddDays(30),
            Keys = [new TrustedKey { PublicKey = key.PublicKey, Issuer = "34", Purpose = KeyPurpose.StatusList, From = now.AddDays(-1), Until = now.AddDays(1) }],
        };
        var signed = TrustListToken.Prepare(content).CompleteAsync([root]).AsTask();
        return signed.IsCompletedSuccessfully && TrustListToken.TryVerify(signed.GetAwaiter().GetResult(), new TrustRoots([root.PublicKey], 1), null, out var list, out _)
            ? list
            : throw new InvalidOperationException("A trust list of one key was refused.");
    }

    private static CompactStatusContent Content(Register register, CompactState state, int size, long version) => new()
    {
        Series = register.Series,
        StatusUriTemplate = "https://s.example.cn/34/{list}",
        Version = version,
        IssuedAt = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000 + version),
        TimeToLive = TimeSpan.FromMinutes(15),
        ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(1_800_300_000),
        StateDigest = state.Digest,
        StateSize = size,
    };

    private static async Task<byte[]> SignAsync(CompactStatusContent content, SoftwareSigner key) => await CompactStatusToken.Prepare(content, key.KeyId, key.Algorithm).CompleteAsync(key);

    private static async Task<double> CpuAsync(Func<Task> work)
    {
        var before = Cpu();
        await work();
        return Cpu() - before;
    }

    // The machine does other things: time on the clock would say more about those.
    private static double Cpu() => Process.GetCurrentProcess().TotalProcessorTime.TotalSeconds;

    private static string NameOf(Register register, int shard) => $"{register.Series}2711{(char)('a' + (shard / 36 / 36))}{Digit(shard / 36 % 36)}{Digit(shard % 36)}";

    private static char Digit(int value) => (char)(value < 10 ? '0' + value : 'a' + value - 10);

    private static int[] Union(int[] one, int[] other) => [.. one.Union(other).Order()];

    private static double Mega(double bytes) => bytes / 1e6;

    /// <summary>Bytes that no encoding of that many of so many at random goes below on average.</summary>
    private static double Entropy(long universe, long count)
    {
        var p = (double)count / universe;
        return -universe * ((p * Math.Log2(p)) + ((1 - p) * Math.Log2(1 - p))) / 8;
    }

    private sealed record Register(string Name, string Series, long Subjects, double Withdrawn, double NewAYear)
    {
        public int Shards => (int)((Subjects + Shard - 1) / Shard);
    }

    private sealed class Totals
    {
        public double Snapshot, SnapshotBound, Delta, DeltaBound, Plain, PlainBuild, Build, BuildDelta, Take, Apply;
        public long New;
    }

    /// <summary>The same nation every time.</summary>
    private sealed class Dice(int seed)
    {
        private ulong state = (ulong)seed;

        public int Below(int bound) => (int)(Next() % (ulong)bound);

        /// <summary>Each index with that probability, ascending.</summary>
        public int[] Draw(int universe, double rate)
        {
            var drawn = new List<int>((int)(universe * rate * 1.1) + 16);
            var scale = 1 / Math.Log(1 - rate);
            for (double at = -1; ;)
            {
                at += 1 + Math.Floor(Math.Log(((Next() >> 11) + 1) / 9007199254740993.0) * scale);
                if (at >= universe)
                {
                    return [.. drawn];
                }

                drawn.Add((int)at);
            }
        }

        private ulong Next()
        {
            unchecked
            {
                state += 0x9E3779B97F4A7C15;
                var z = state;
                z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
                z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
                return z ^ (z >> 31);
            }
        }
    }
}
