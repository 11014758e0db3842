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
        var content = World.StatusContent("pm27110");
        var signer = TestKeys.Of("status");
        var bytes = await StatusListToken.Prepare(content, signer.KeyId, signer.Algorithm).CompleteAsync(signer, TestContext.Current.CancellationToken);
        var verifier = Holding.Trust();
        Assert.Null(verifier.TakeStatusList(bytes));
        var held = verifier.Statuses.Get("34", content.Uri)!;
        Assert.Equal(content.IssuedAt, held.Content.IssuedAt);
        Assert.Equal(StatusValue.Invalid, held.Find(World.RevokedIndex).Value);
        Assert.Equal(StatusAnswer.Knowledge.NotThisIndex, held.Find(100_000).Knows);
        Assert.Equal(StatusAnswer.Knowledge.Nothing, verifier.Statuses.Find(default(StatusQuery) with { Issuer = "32", Uri = content.Uri }).Knows);
    }
}
