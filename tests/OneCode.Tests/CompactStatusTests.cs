using OneCode.Cli.Vectors;
using OneCode.Wire;

namespace OneCode.Tests;

public sealed class CompactStatusTests
{
    public static TheoryData<string> Names() => [.. Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_vector_gets_its_answer(string name) => Assert.Null(CompactVector.Differs(File.ReadAllText(Path.Combine(Folder, name + ".json"))));

    [Fact]
    public void The_files_are_those_that_the_generator_knows() =>
        Assert.Equal(CompactVectors.All().Select(vector => vector.Name).Order(StringComparer.Ordinal), Names().Select(row => row.Data));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whatever_the_rate_every_set_comes_back_and_every_index_is_found(int seed)
    {
        var dice = new Dice((ulong)seed);
        foreach (var rate in new[] { 0, 1, 3, 20, 100, 300, 700, 999, 1000 })
        {
            var entries = 1 + dice.Below(5000);
            var kinds = Enumerable.Range(0, entries).Select(_ => dice.Below(1000) < rate ? (dice.Below(4) == 0 ? StatusValue.Suspended : StatusValue.Invalid) : StatusValue.Valid).ToArray();
            var list = CompactList.Create("pm27110", entries, Where(kinds, StatusValue.Invalid), Where(kinds, StatusValue.Suspended));
            Assert.True(CompactState.TryDecode(CompactState.Create([list]).Encode(), out var back));
            Assert.Equal(kinds, Enumerable.Range(0, entries).Select(index => back.Find("pm27110")!.Get(index)!.Value));
            Assert.Null(list.Get(entries));
            Assert.Null(list.Get(-1));
        }
    }

    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public void Changes_between_any_two_states_lead_from_one_to_the_other(int seed)
    {
        var dice = new Dice((ulong)seed);
        var state = CompactState.Create([]);
        var held = state;
        var number = 0;
        for (var step = 0; step < 40; step++)
        {
            var lists = state.Lists.Where(_ => dice.Below(10) > 0).Select(list => Next(list, dice)).ToList();
            if (lists.Count < 6)
            {
                lists.Add(CompactList.Create($"pm{number++:d5}", 1 + dice.Below(3000), [], []));
            }

            var next = CompactState.Create(lists);
            var changes = state.ChangesTo(next);
            Assert.True(state.TryApply(changes, out var applied));
            Assert.Equal(next.Digest.ToArray(), applied.Digest.ToArray());
            // Cumulative, for one who holds an older state.
            if (dice.Below(3) == 0)
            {
                Assert.True(held.TryApply(held.ChangesTo(next), out var caughtUp));
                Assert.Equal(next.Digest.ToArray(), caughtUp.Digest.ToArray());
                held = caughtUp;
            }

            state = next;
        }
    }

    [Fact]
    public void Every_count_up_to_all_of_a_list_can_be_reached_from_every_other()
    {
        var withdrawn = Enumerable.Range(0, 65).Select(count => CompactState.Create([CompactList.Create("pm27110", 64, [.. Enumerable.Range(0, count)], [])])).ToList();
        var suspended = Enumerable.Range(0, 65).Select(count => CompactState.Create([CompactList.Create("pm27110", 64, [], [.. Enumerable.Range(0, count)])])).ToList();
        for (var from = 0; from <= 64; from++)
        {
            for (var to = from; to <= 64; to++)
            {
                AssertReaches(withdrawn[from], withdrawn[to]);
                AssertReaches(suspended[from], suspended[to]);
                AssertReaches(suspended[to], suspended[from]);
                AssertReaches(suspended[from], withdrawn[to]);
            }
        }

        static void AssertReaches(CompactState from, CompactState to)
        {
            Assert.True(from.TryApply(from.ChangesTo(to), out var next));
            Assert.True(next.Digest.Span.SequenceEqual(to.Digest.Span));
        }
    }

    [Fact]
    public void A_state_or_changes_with_any_byte_altered_are_another_state_or_none()
    {
        var (before, after) = (Two([5, 80, 900], [7]), Two([5, 7, 80, 81, 900], [99]));
        var body = before.Encode();
        var changes = before.ChangesTo(after);
        for (var bit = 0; bit < body.Length * 8; bit++)
        {
            body[bit / 8] ^= (byte)(1 << (bit % 8));
            // What is read at all is read as exactly these bytes: no two bodies mean one state.
            Assert.True(!CompactState.TryDecode(body, out var other) || other.Encode().AsSpan().SequenceEqual(body), $"bit {bit}");
            body[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        for (var bit = 0; bit < changes.Length * 8; bit++)
        {
            changes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(!before.TryApply(changes, out var other) || before.ChangesTo(other).AsSpan().SequenceEqual(changes), $"bit {bit}");
            changes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Theory]
    [InlineData(1, 1.02)]
    [InlineData(10, 1.02)]
    [InlineData(50, 1.03)]
    [InlineData(100, 1.04)]
    public void A_list_is_near_the_entropy_bound(int perThousand, double atMost)
    {
        var dice = new Dice((ulong)perThousand);
        int[] withdrawn = [.. Enumerable.Range(0, StatusList.ShardEntries).Where(_ => dice.Below(1000) < perThousand)];
        var p = (double)withdrawn.Length / StatusList.ShardEntries;
        var bound = -StatusList.ShardEntries * ((p * Math.Log2(p)) + ((1 - p) * Math.Log2(1 - p))) / 8;
        Assert.InRange(RiceCode.Encode(withdrawn, StatusList.ShardEntries).Length / bound, 0.99, atMost);
    }

    [Fact]
    public void The_parameter_is_within_a_thousandth_of_the_best_one()
    {
        var dice = new Dice(5);
        foreach (var perThousand in new[] { 1, 5, 10, 50, 100, 200 })
        {
            int[] set = [.. Enumerable.Range(0, 200_000).Where(_ => dice.Below(1000) < perThousand)];
            var bits = Enumerable.Range(0, 20).Select(k => set.Select((index, i) => ((long)(index - (i == 0 ? -1 : set[i - 1]) - 1) >> k) + k + 1).Sum()).ToArray();
            Assert.InRange((double)bits[RiceCode.Parameter(200_000, set.Length)] / bits.Min(), 1, 1.001);
        }
    }

    [Fact]
    public void A_count_that_the_bytes_cannot_hold_costs_no_memory()
    {
        var bomb = new CborWriter().Array(1).Array(6).Text("pm27110").Integer(CompactList.MaximumEntries).Integer(CompactList.MaximumEntries).Bytes(new byte[100]).Integer(0).Bytes([]).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(CompactState.TryDecode(bomb, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void Changes_of_a_count_that_the_bytes_cannot_hold_cost_no_memory()
    {
        var state = CompactState.Create([CompactList.Create("pm27110", CompactList.MaximumEntries, [], [])]);
        var bomb = new CborWriter().Array(8).Array(0).Array(0).Integer(CompactList.MaximumEntries).Bytes(new byte[100]).Integer(0).Bytes([]).Integer(0).Bytes([]).ToArray();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(state.TryApply(bomb, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024);
    }

    [Fact]
    public void A_code_is_judged_by_a_compact_state_alone()
    {
        var verifier = Holding.Trust();
        Take(verifier, CompactList.Create("pm27110", 1024, [World.RevokedIndex], [World.SuspendedIndex]));
        Assert.IsType<Verdict.Passed>(verifier.Verify(new ACode().Text(), World.Now));
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(Code(World.RevokedIndex), World.Now)).Reason);
        Assert.Equal(Rejection.Suspended, Assert.IsType<Verdict.Failed>(verifier.Verify(Code(World.SuspendedIndex), World.Now)).Reason);
        Assert.Equal(Doubt.NotCovered, Assert.IsType<Verdict.Indeterminate>(verifier.Verify(Code(1024), World.Now)).Missing);
    }

    [Fact]
    public void A_list_that_the_series_does_not_have_is_not_covered_and_a_plain_list_may_still_cover_it()
    {
        var verifier = Holding.Trust();
        Take(verifier, CompactList.Create("pm27120", 1024, [], []));
        Assert.Equal(Doubt.NotCovered, Assert.IsType<Verdict.Indeterminate>(verifier.Verify(new ACode().Text(), World.Now)).Missing);
        Assert.All(World.StatusLists, list => Assert.Null(verifier.TakeStatusList(list)));
        Assert.IsType<Verdict.Passed>(verifier.Verify(new ACode().Text(), World.Now));
    }

    [Fact]
    public void Of_two_sources_the_one_that_says_withdrawn_is_believed()
    {
        var verifier = Holding.Everything();
        Take(verifier, CompactList.Create("pm27110", 1024, [World.CleanIndex], []));
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(new ACode().Text(), World.Now)).Reason);
        // The plain list is the newer one here and says revoked; the compact state is the older and does not.
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(Code(World.RevokedIndex), World.Now)).Reason);
    }

    [Fact]
    public void A_state_below_the_minimum_of_the_trust_list_is_stale()
    {
        var verifier = Holding.Trust();
        Take(verifier, CompactList.Create("pm27110", 1024, [World.RevokedIndex], []));
        Assert.Equal(Doubt.StatusStale, Assert.IsType<Verdict.Indeterminate>(verifier.Verify(new ACode { Key = "person-floor" }.Text(), World.Now)).Missing);
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(Code(World.RevokedIndex, "person-floor"), World.Now)).Reason);
    }

    [Fact]
    public void A_state_falls_with_the_key_that_signed_it()
    {
        var verifier = Holding.Trust();
        Take(verifier, CompactList.Create("pm27110", 1024, [], []));
        var keys = World.TrustContent.Keys.Select(key => key.Purpose == KeyPurpose.StatusList ? key with { WithdrawnSince = World.Now } : key);
        Assert.Null(verifier.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 8, Keys = [.. keys] })));
        Assert.Equal(Doubt.StatusUnknown, Assert.IsType<Verdict.Indeterminate>(verifier.Verify(new ACode().Text(), World.Now)).Missing);
    }

    private static string Folder => Path.Combine(Repository.Vectors, "compact");

    private static void Take(OfflineVerifier verifier, params CompactList[] lists)
    {
        var step = CompactVectors.Snapshot(CompactState.Create(lists), 1);
        Assert.Null(verifier.TakeCompact(step.Message, step.Body));
    }

    private static string Code(int index, string key = "person") => new ACode { Key = key, Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", index) } }.Text();

    private static CompactState Two(int[] withdrawn, int[] suspended) => CompactState.Create([CompactList.Create("pm27110", 1024, withdrawn, suspended), CompactList.Create("pm27111", 512, [3], [])]);

    private static CompactList Next(CompactList list, Dice dice)
    {
        var kinds = Enumerable.Range(0, list.Entries).Select(index => list.Get(index)!.Value).ToArray();
        for (var i = dice.Below(30); i > 0; i--)
        {
            var index = dice.Below(kinds.Length);
            kinds[index] = kinds[index] == StatusValue.Invalid ? StatusValue.Invalid : (StatusValue)dice.Below(3);
        }

        return CompactList.Create(list.Name, list.Entries, Where(kinds, StatusValue.Invalid), Where(kinds, StatusValue.Suspended));
    }

    private static int[] Where(StatusValue[] kinds, StatusValue value) => [.. Enumerable.Range(0, kinds.Length).Where(index => kinds[index] == value)];
}
