using OneCode.Cli.Vectors;
using OneCode.Wire;

namespace OneCode.Tests;

/// <summary>What a publisher of compact lists may not say, and what a verifier keeps of several series.</summary>
public sealed class CompactPublishingTests
{
    [Theory]
    [InlineData("", 8, new int[0], new int[0])]
    [InlineData("PM", 8, new int[0], new int[0])]
    [InlineData("pm", 0, new int[0], new int[0])]
    [InlineData("pm", CompactList.MaximumEntries + 1, new int[0], new int[0])]
    [InlineData("pm", 8, new[] { -1 }, new int[0])]
    [InlineData("pm", 8, new[] { 8 }, new int[0])]
    [InlineData("pm", 8, new[] { 3, 2 }, new int[0])]
    [InlineData("pm", 8, new[] { 2, 2 }, new int[0])]
    [InlineData("pm", 8, new int[0], new[] { 8 })]
    [InlineData("pm", 8, new int[0], new[] { 3, 2 })]
    [InlineData("pm", 8, new[] { 2 }, new[] { 2 })]
    [InlineData("pm", 8, new[] { 1, 3, 5 }, new[] { 0, 5 })]
    [InlineData("pm", 8, new[] { 1, 3 }, new[] { 3, 7 })]
    public void A_list_that_a_verifier_would_refuse_is_not_made(string name, int entries, int[] withdrawn, int[] suspended) =>
        Assert.Throws<ArgumentException>(() => CompactList.Create(name, entries, withdrawn, suspended));

    [Fact]
    public void A_list_says_what_it_was_made_of()
    {
        var list = CompactList.Create("pm", 8, [0, 7], [1, 6]);
        Assert.Equal([0, 7], list.Withdrawn());
        Assert.Equal([1, 6], list.Suspended());
        Assert.Equal((2, 2), (list.WithdrawnCount, list.SuspendedCount));
        Assert.Equal([0, 7], CompactList.Create("pm", 8, [0, 7], []).Withdrawn());
        int[] hundreds = [.. Enumerable.Range(0, 10_000).Select(i => i * 100)];
        Assert.InRange(CompactList.Create("pm", CompactList.MaximumEntries, hundreds, []).Size, 10_000, 13_000);
        Assert.InRange(CompactList.Create("pm", CompactList.MaximumEntries, hundreds, [.. hundreds.Select(index => index + 1)]).Size, 20_000, 26_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_status_list_becomes_the_same_statement(int bits)
    {
        var dice = new Dice(7);
        var list = new StatusList(1024, bits);
        for (var i = 0; i < 200; i++)
        {
            list.Set(dice.Below(1024), (StatusValue)dice.Below(1 << bits));
        }

        list.Set(0, StatusValue.Invalid);
        list.Set(1023, StatusValue.Invalid);
        var compact = CompactList.Create("pm", list);
        Assert.Equal(1024, compact.Entries);
        // What is reserved counts as valid: no verifier knows it.
        Assert.All(Enumerable.Range(0, 1024), index => Assert.Equal(list.Get(index) == StatusValue.Reserved ? StatusValue.Valid : list.Get(index), compact.Get(index)));
    }

    [Fact]
    public void A_state_has_each_list_once_and_finds_it_by_name()
    {
        var (one, other) = (CompactList.Create("pm", 8, [], []), CompactList.Create("em", 8, [], []));
        Assert.Equal(["em", "pm"], CompactState.Create([one, other]).Lists.Select(list => list.Name));
        Assert.Same(one, CompactState.Create([one, other]).Find("pm"));
        Assert.Null(CompactState.Create([one]).Find("em"));
        Assert.Throws<ArgumentException>(() => CompactState.Create([one, CompactList.Create("pm", 16, [], [])]));
    }

    [Fact]
    public void A_state_has_at_most_16384_lists()
    {
        var lists = Enumerable.Range(0, CompactState.MaximumLists + 1).Select(number => CompactList.Create($"p{number}", 1, [], [])).ToList();
        Assert.Throws<ArgumentException>(() => CompactState.Create(lists));
        var most = CompactState.Create(lists.Take(CompactState.MaximumLists));
        Assert.True(CompactState.TryDecode(most.Encode(), out var back));
        Assert.Equal(CompactState.MaximumLists, back.Lists.Count);

        // Written by hand, since no state has one more.
        var writer = new CborWriter().Array(lists.Count);
        foreach (var list in lists.OrderBy(list => list.Name, StringComparer.Ordinal))
        {
            list.Write(writer);
        }

        Assert.False(CompactState.TryDecode(writer.ToArray(), out _));
        Assert.True(CompactState.Create([]).TryApply(CompactState.Create([]).ChangesTo(most), out _));
        Assert.False(most.TryApply(CompactState.Create([]).ChangesTo(CompactState.Create([lists[^1]])), out _));
    }

    [Fact]
    public void No_changes_take_a_withdrawal_back_or_resize_a_list()
    {
        CompactState Of(int entries, params int[] withdrawn) => CompactState.Create([CompactList.Create("pm", entries, withdrawn, [])]);
        Assert.Throws<ArgumentException>(() => Of(8, 1, 2).ChangesTo(Of(8, 2)));
        Assert.Throws<ArgumentException>(() => Of(8, 1, 2).ChangesTo(Of(8, 1, 3)));
        Assert.Throws<ArgumentException>(() => Of(8, 1).ChangesTo(Of(16, 1)));
        // What is retired may go: its credentials are gone too.
        Assert.NotEmpty(Of(8, 1).ChangesTo(CompactState.Create([])));
    }

    [Fact]
    public void States_that_say_the_same_need_no_changes_but_those_of_other_lists()
    {
        CompactState Of(int[] first, int[] second, int[] waiting) => CompactState.Create([CompactList.Create("a", 64, first, waiting), CompactList.Create("b", 64, second, [])]);
        var before = Of([1], [2], [3]);
        foreach (var after in new[] { Of([1], [2], [3]), Of([1, 2], [2], [3]), Of([1], [2, 5], [3]), Of([1], [2], []), Of([1], [2], [4]), Of([1, 3], [2], []), Of([1, 3], [2, 3], [9]) })
        {
            Assert.True(before.TryApply(before.ChangesTo(after), out var reached));
            Assert.Equal(after.Encode(), reached.Encode());
            Assert.Equal(after.Digest.ToArray(), reached.Digest.ToArray());
        }
    }

    [Fact]
    public void A_list_that_the_changes_do_not_touch_is_not_made_again()
    {
        var before = CompactState.Create([CompactList.Create("a", 64, [1], []), CompactList.Create("b", 64, [2], [])]);
        var after = CompactState.Create([CompactList.Create("a", 64, [1], []), CompactList.Create("b", 64, [2, 3], [])]);
        Assert.True(before.TryApply(before.ChangesTo(after), out var reached));
        Assert.Same(before.Find("a"), reached.Find("a"));
        Assert.Equal(after.Encode(), reached.Encode());
    }

    [Fact]
    public void Deltas_in_a_row_come_apart_and_256_are_the_most()
    {
        var step = CompactVectors.Snapshot(CompactState.Create([CompactList.Create("pm", 8, [1], [])]), 1);
        (ReadOnlyMemory<byte>, ReadOnlyMemory<byte>) pair = (step.Message, step.Body);
        Assert.True(CompactDeltas.TryRead(Array.Empty<byte>(), out var none));
        Assert.Empty(none);
        Assert.True(CompactDeltas.TryRead(CompactDeltas.Write([pair, (step.Message, Array.Empty<byte>()), pair]), out var three));
        Assert.Equal([step.Body.Length, 0, step.Body.Length], three.Select(each => each.Body.Length));
        Assert.All(three, each => Assert.Equal(step.Message, each.Message.ToArray()));
        Assert.Equal(step.Body, three[2].Body.ToArray());
        Assert.True(CompactDeltas.TryRead(CompactDeltas.Write(Enumerable.Repeat(pair, CompactDeltas.MaximumPairs)), out var most));
        Assert.Equal(CompactDeltas.MaximumPairs, most.Count);
        Assert.False(CompactDeltas.TryRead(CompactDeltas.Write(Enumerable.Repeat(pair, CompactDeltas.MaximumPairs + 1)), out _));
    }

    [Fact]
    public void What_is_no_row_of_deltas_is_refused_whole()
    {
        var step = CompactVectors.Snapshot(CompactState.Create([CompactList.Create("pm", 8, [1], [])]), 1);
        var row = CompactDeltas.Write([(step.Message, step.Body)]);
        for (var length = 1; length < row.Length; length++)
        {
            Assert.False(CompactDeltas.TryRead(row.AsMemory(0, length), out _), $"cut at {length}");
        }

        Assert.False(CompactDeltas.TryRead((byte[])[.. row, 0x00], out _));
        Assert.False(CompactDeltas.TryRead(new CborWriter().Encoded(step.Message).Text("body").ToArray(), out _));
        Assert.False(CompactDeltas.TryRead(new CborWriter().Encoded(step.Message).Array(0).ToArray(), out _));
        Assert.False(CompactDeltas.TryRead((byte[])[0xff, 0x40], out _));
        // More items than a statement has.
        Assert.False(CompactDeltas.TryRead((byte[])[0x98, 64, .. new byte[64], 0x40], out _));
    }

    [Fact]
    public void A_statement_outside_the_format_is_not_prepared()
    {
        var state = CompactState.Create([CompactList.Create("pm", 8, [], [])]);
        var content = new CompactStatusContent
        {
            Series = "pm",
            StatusUriTemplate = World.Template34,
            Version = 1,
            IssuedAt = World.Now,
            TimeToLive = TimeSpan.FromMinutes(1),
            ExpiresAt = World.Now.AddSeconds(1),
            StateDigest = state.Digest,
            StateSize = state.Encode().Length,
        };
        var key = TestKeys.Of("status");
        Assert.NotNull(CompactStatusToken.Prepare(content, key.KeyId, key.Algorithm));
        Assert.Throws<ArgumentException>(() => CompactStatusToken.Prepare(content with { Version = 0 }, key.KeyId, key.Algorithm));
        Assert.Throws<ArgumentException>(() => CompactStatusToken.Prepare(content with { ExpiresAt = World.Now }, key.KeyId, key.Algorithm));
        Assert.Throws<ArgumentException>(() => CompactStatusToken.Prepare(content with { Base = new(1, state.Digest, state.Digest, 1) }, key.KeyId, key.Algorithm));
        Assert.NotNull(CompactStatusToken.Prepare(content with { Version = 2, Base = new(1, state.Digest, state.Digest, 1) }, key.KeyId, key.Algorithm));
    }

    [Fact]
    public void A_series_answers_for_the_uris_of_its_template_and_for_its_region_alone()
    {
        var held = Held(7);
        StatusAnswer Ask(string uri, string list = "pm27110", string issuer = "34") => held.Find(new StatusQuery(issuer, uri, new StatusReference(list, 7)));
        Assert.Equal(StatusValue.Invalid, Ask("https://s.example.cn/34/pm27110").Value);
        Assert.Equal(StatusAnswer.Knowledge.Nothing, Ask("https://s.example.cn/34/pm27110", issuer: "32").Knows);
        foreach (var uri in new[] { "https://s.example.cn/34/pm27111", "https://s.example.cn/34/pm2711", "https://s.example.cn/34/pm271100", "https://t.example.cn/34/pm27110", "https://s.example.cn/34/", "" })
        {
            Assert.Equal(StatusAnswer.Knowledge.Nothing, Ask(uri).Knows);
        }

        Assert.Equal(StatusAnswer.Knowledge.NotThisIndex, Ask("https://s.example.cn/34/pm27119", "pm27119").Knows);
    }

    [Fact]
    public void A_template_may_go_on_behind_the_lists_name()
    {
        var held = Held(7, World.Template34 + "?v=1");
        StatusAnswer Ask(string uri) => held.Find(new StatusQuery("34", uri, new StatusReference("pm27110", 7)));
        Assert.Equal(StatusValue.Invalid, Ask("https://s.example.cn/34/pm27110?v=1").Value);
        Assert.Equal(StatusAnswer.Knowledge.Nothing, Ask("https://s.example.cn/34/pm27110?v=2").Knows);
        Assert.Equal(StatusAnswer.Knowledge.Nothing, Ask("https://s.example.cn/34/pm27110").Knows);
    }

    [Fact]
    public void A_forgotten_series_is_unknown_and_one_that_took_its_place_stays()
    {
        var held = Held(7);
        var first = Assert.Single(held.All);
        var second = Assert.Single(Held(8).All);
        held.Set(second);
        held.Remove(first);
        Assert.Same(second, held.Get("34", "pm"));
        Assert.Null(held.Get("34", "em"));
        held.Remove(second);
        Assert.Empty(held.All);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(640)]
    public void Indices_are_found_on_both_sides_of_each_place_of_the_directory(int count)
    {
        int[] indices = [.. Enumerable.Range(0, count).Select(i => (i * 7) + 3)];
        var list = CompactList.Create("pm", 5000, indices, []);
        Assert.Equal(indices, Enumerable.Range(0, 5000).Where(index => list.Get(index) == StatusValue.Invalid));
        Assert.Equal(indices, list.Withdrawn());
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(1, 2, 0)]
    [InlineData(100, 1, 6)]
    [InlineData(80, 77, 0)]
    [InlineData(160, 77, 1)]
    [InlineData(159, 77, 0)]
    [InlineData(1_048_576, 0, 0)]
    [InlineData(1_048_576, 10_000, 6)]
    [InlineData(160, 76, 1)]
    public void The_parameter_is_the_greatest_that_its_rule_allows(long universe, long count, int expected)
    {
        // SPEC 13.1: the greatest k with 2^k * count * 80 <= 77 * universe, and 0 of nothing.
        var greatest = 0;
        while (count > 0 && (80 * count) << (greatest + 1) <= 77 * universe)
        {
            greatest++;
        }

        Assert.Equal(greatest, RiceCode.Parameter(universe, count));
        Assert.Equal(expected, greatest);
    }

    private static CompactStatuses Held(int withdrawn, string template = World.Template34)
    {
        var state = CompactState.Create([CompactList.Create("pm27110", 1024, [withdrawn], [])]);
        var key = TestKeys.Of("status");
        var content = new CompactStatusContent
        {
            Series = "pm",
            StatusUriTemplate = template,
            Version = 1,
            IssuedAt = World.Now.AddHours(-1),
            TimeToLive = TimeSpan.FromMinutes(15),
            ExpiresAt = World.Now.AddHours(72),
            StateDigest = state.Digest,
            StateSize = state.Encode().Length,
        };
        var payload = CompactStatusToken.WritePayload(content);
        var header = CompactVectors.HeaderOf("status");
        var verifier = Holding.Trust();
        Assert.Null(verifier.TakeCompact(CoseSign1.Write(header, payload, TestKeys.Sign("status", CoseSign1.ToBeSigned(header, payload))), state.Encode()));
        return verifier.Compact;
    }
}
