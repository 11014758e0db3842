using OneCode.Cli.Vectors;

namespace OneCode.Tests;

public sealed class StatusListTests
{
    [Fact]
    public void One_bit_entries_are_those_of_the_draft()
    {
        int[] values = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
        Assert.True(StatusList.TryInflate(Convert.FromHexString("78dadbb918000217015d"), 1, out var list));
        Assert.Equal(values, Enumerable.Range(0, 16).Select(i => (int)list.Get(i)));
        Assert.Equal(new byte[] { 0xb9, 0xa3 }, list.Bytes.ToArray());
    }

    [Fact]
    public void Two_bit_entries_are_those_of_the_draft()
    {
        int[] values = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
        Assert.True(StatusList.TryInflate(Convert.FromHexString("78da3be9f2130003df0207"), 2, out var list));
        Assert.Equal(values, Enumerable.Range(0, 12).Select(i => (int)list.Get(i)));
        Assert.Equal(new byte[] { 0xc9, 0x44, 0xf9 }, list.Bytes.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void What_is_set_comes_back_and_nothing_else_moves(int bits)
    {
        var dice = new Dice(13);
        var list = new StatusList(4096, bits);
        var mirror = new StatusValue[4096];
        for (var i = 0; i < 20_000; i++)
        {
            var index = dice.Below(4096);
            var value = (StatusValue)dice.Below(1 << bits);
            list.Set(index, value);
            mirror[index] = value;
        }

        Assert.True(StatusList.TryInflate(list.Deflate(), bits, out var back));
        Assert.Equal(mirror, Enumerable.Range(0, 4096).Select(back.Get));
        Assert.Equal(mirror, Enumerable.Range(0, 4096).Select(StatusList.FromBytes(list.Bytes, bits).Get));
    }

    [Fact]
    public void A_shard_of_two_bits_fits_what_a_verifier_inflates()
    {
        var shard = new StatusList(StatusList.ShardEntries, 2);
        Assert.Equal(StatusList.ShardEntries, shard.Count);
        Assert.True(StatusList.TryInflate(shard.Deflate(), 2, out _));
    }

    [Fact]
    public void A_value_or_an_index_that_does_not_fit_is_the_callers_fault()
    {
        var list = new StatusList(8, 1);
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Set(0, StatusValue.Suspended));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Set(8, StatusValue.Invalid));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Get(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatusList(1 << 22, 1));
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(8, 1, 1)]
    [InlineData(9, 1, 2)]
    [InlineData(4, 2, 1)]
    [InlineData(5, 2, 2)]
    [InlineData(StatusList.MaximumBytes * 8, 1, StatusList.MaximumBytes)]
    [InlineData(StatusList.MaximumBytes * 4, 2, StatusList.MaximumBytes)]
    public void A_new_list_has_as_many_bytes_as_its_entries_need(int entries, int bits, int bytes)
    {
        var list = new StatusList(entries, bits);
        Assert.Equal(bytes, list.Bytes.Length);
        Assert.Equal(bytes * 8 / bits, list.Count);
        Assert.Equal(StatusValue.Valid, list.Get(entries - 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => list.Get(list.Count));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(-1, 1)]
    [InlineData((StatusList.MaximumBytes * 8) + 1, 1)]
    [InlineData((StatusList.MaximumBytes * 4) + 1, 2)]
    [InlineData(8, 0)]
    [InlineData(8, 3)]
    [InlineData(8, 4)]
    public void A_list_that_no_verifier_would_take_is_not_made(int entries, int bits) => Assert.Throws<ArgumentOutOfRangeException>(() => new StatusList(entries, bits));

    [Fact]
    public void A_stream_of_no_bytes_or_of_other_bits_is_no_list()
    {
        Assert.True(StatusList.TryInflate(Wire.Zlib.Deflate([0]), 1, out _));
        Assert.False(StatusList.TryInflate(Wire.Zlib.Deflate([]), 1, out _));
        Assert.False(StatusList.TryInflate(Wire.Zlib.Deflate([0]), 4, out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatusList(8, 2).Set(0, (StatusValue)4));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StatusList(8, 2).Set(0, (StatusValue)(-1)));
    }

    [Fact]
    public void A_token_of_half_a_mebibyte_is_read_and_one_more_byte_is_not()
    {
        // Nobody's, so that what is read at all has another reason than what is not.
        byte[] Of(int length) => Wire.CoseSign1.Write(StatusSignature.Header(default, CoseAlgorithm.Es256, CborPairs.Encode(type => type.Text(StatusListToken.MediaType))), new byte[length], new byte[64]);
        var around = Of(70_000).Length - 70_000;
        var trust = Holding.Trust();
        Assert.Equal(StatusListRejection.KeyNotInTrustList, trust.TakeStatusList(Of(StatusListToken.MaximumSize - around)));
        Assert.Equal(StatusListRejection.Malformed, trust.TakeStatusList(Of(StatusListToken.MaximumSize - around + 1)));
    }

    [Fact]
    public void Of_two_answers_the_better_one_is_believed()
    {
        var (early, late) = (World.Now, World.Now.AddMinutes(1));
        StatusAnswer Known(StatusValue value, DateTimeOffset asOf, int hours = 1) => StatusAnswer.Known(value, asOf, asOf.AddHours(hours));
        (StatusAnswer Better, StatusAnswer Other)[] pairs =
        [
            (StatusAnswer.NotCovered, StatusAnswer.Unknown),
            (StatusAnswer.TooShort(early), StatusAnswer.Unknown),
            (Known(StatusValue.Valid, early), StatusAnswer.Unknown),
            (Known(StatusValue.Valid, early), StatusAnswer.TooShort(late)),
            (Known(StatusValue.Valid, late), Known(StatusValue.Valid, early)),
            (Known(StatusValue.Suspended, late), Known(StatusValue.Valid, early)),
            (Known(StatusValue.Valid, late), Known(StatusValue.Suspended, early)),
            (Known(StatusValue.Invalid, early), Known(StatusValue.Valid, late)),
            (Known(StatusValue.Invalid, early), Known(StatusValue.Suspended, late)),
            (Known(StatusValue.Invalid, late), Known(StatusValue.Invalid, early)),
        ];
        foreach (var (better, other) in pairs)
        {
            Assert.Equal(better, StatusAnswer.Better(better, other));
            Assert.Equal(better, StatusAnswer.Better(other, better));
        }

        // Of two that are as good the first.
        Assert.Equal(StatusAnswer.TooShort(early), StatusAnswer.Better(StatusAnswer.TooShort(early), StatusAnswer.TooShort(late)));
        Assert.Equal(Known(StatusValue.Valid, early, hours: 2), StatusAnswer.Better(Known(StatusValue.Valid, early, hours: 2), Known(StatusValue.Valid, early)));
    }

    [Fact]
    public void A_bomb_is_refused_within_its_limit()
    {
        byte[] bomb = [.. new StatusList(StatusList.MaximumBytes * 4, 2).Deflate()];
        Assert.True(StatusList.TryInflate(bomb, 2, out _));
        var beyond = Wire.Zlib.Deflate(new byte[64 << 20]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.False(StatusList.TryInflate(beyond, 2, out _));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Every_truncation_and_every_flipped_byte_of_a_stream_is_refused()
    {
        var stream = World.StatusContent("pm27110").List.Deflate();
        for (var i = 0; i < stream.Length; i++)
        {
            Assert.False(StatusList.TryInflate(stream.AsSpan(0, i), 2, out _), $"cut at {i}");
        }
    }

    [Fact]
    public async Task A_list_that_a_key_signed_is_read_by_who_trusts_the_key()
    {
        var content = World.StatusContent("pm27110") with { AggregationUri = "https://s.example.cn/34" };
        var signer = TestKeys.Of("status");
        var bytes = await StatusListToken.Prepare(content, signer.KeyId, signer.Algorithm).CompleteAsync(signer, TestContext.Current.CancellationToken);
        var verifier = Holding.Trust();
        Assert.Null(verifier.TakeStatusList(bytes));
        var held = verifier.Statuses.Get("34", content.Uri)!;
        Assert.Equal(content with { List = held.Content.List }, held.Content);
        Assert.Equal(StatusValue.Invalid, held.Find(World.RevokedIndex).Value);
        Assert.Equal(StatusAnswer.Knowledge.NotThisIndex, held.Find(100_000).Knows);
        Assert.Equal(StatusAnswer.Knowledge.Nothing, verifier.Statuses.Find(default(StatusQuery) with { Issuer = "32", Uri = content.Uri }).Knows);
    }
}
