using OneCode.Cli.Vectors;
using OneCode.Sm;
using OneCode.Wire;

namespace OneCode.Tests;

/// <summary>Both sides of each bound of roots, trust lists and what is written in them, as far as no vector can show it.</summary>
public sealed class TrustBoundsTests
{
    private static readonly PublicKey Root = TestKeys.Of("root-1").PublicKey;

    public static TheoryData<string> NoRoots() =>
    [
        "",
        "{",
        "[]",
        "1",
        $$"""{"keys":[{{Jwk()}}]}""",
        $$"""{"threshold":"1","keys":[{{Jwk()}}]}""",
        $$"""{"threshold":1.5,"keys":[{{Jwk()}}]}""",
        $$"""{"threshold":0,"keys":[{{Jwk()}}]}""",
        $$"""{"threshold":2,"keys":[{{Jwk()}}]}""",
        """{"threshold":1}""",
        """{"threshold":1,"keys":{}}""",
        """{"threshold":1,"keys":[]}""",
        """{"threshold":1,"keys":[1]}""",
        $$"""{"threshold":1,"keys":[{{Jwk()}},{{Jwk()}}]}""",
        $$"""{"version":"2","threshold":1,"keys":[{{Jwk()}}]}""",
        $$"""{"version":1.5,"threshold":1,"keys":[{{Jwk()}}]}""",
        $$"""{"version":0,"threshold":1,"keys":[{{Jwk()}}]}""",
        Of(Jwk().Replace("\"EC\"", "\"OKP\"", StringComparison.Ordinal)),
        Of(Jwk().Replace("\"kty\":\"EC\",", "", StringComparison.Ordinal)),
        Of(Jwk().Replace("\"P-256\"", "\"P-384\"", StringComparison.Ordinal)),
        Of(Jwk().Replace("\"P-256\"", "256", StringComparison.Ordinal)),
        Of(Jwk().Replace("\"x\":\"", "\"x\":\"!", StringComparison.Ordinal)),
        Of(Jwk().Replace("\"x\":", "\"z\":", StringComparison.Ordinal)),
        Of(Jwk().Replace("\"y\":", "\"z\":", StringComparison.Ordinal)),
        Of($$"""{"kty":"EC","crv":"P-256","x":"{{new string('A', 43)}}","y":"{{new string('A', 43)}}"}"""),
    ];

    [Theory]
    [MemberData(nameof(NoRoots))]
    public void What_is_no_set_of_roots_is_said_at_once(string json)
    {
        Assert.False(TrustRoots.TryParseJson(json, out var roots));
        Assert.Null(roots);
        Assert.Contains("threshold", Assert.Throws<FormatException>(() => TrustRoots.ParseJson(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(16, null)]
    [InlineData(17, TrustListRejection.Malformed)]
    public void A_trust_list_has_at_most_sixteen_signatures(int signatures, TrustListRejection? refused)
    {
        string[] names = [.. Enumerable.Range(1, signatures).Select(number => "bound-" + number)];
        var roots = new TrustRoots([.. names.Take(16).Select(name => TestKeys.Of(name).PublicKey)], 16);
        var verified = TrustListToken.TryVerify(World.SignTrust(World.TrustContent, names), roots, null, out _, out var reason);
        Assert.Equal(refused, verified ? null : reason);
    }

    [Fact]
    public void Roots_come_back_from_their_json_as_they_were()
    {
        Assert.True(TrustRoots.TryParseJson(Of(Jwk()), out var one));
        Assert.Equal((1L, 1, Root), (one.Version, one.Threshold, Assert.Single(one.Keys)));
        var sm2 = TestKeys.Of("sm2-root-1").PublicKey;
        var both = new TrustRoots([Root, sm2], 2, Sm2.AndEs256) { Version = 7 };
        var json = both.ToJson();
        var again = TrustRoots.ParseJson(json, Sm2.AndEs256);
        Assert.Equal((7L, 2), (again.Version, again.Threshold));
        Assert.Equal(both.Keys, again.Keys);
        Assert.Same(Sm2.AndEs256, again.Algorithms);
        Assert.Equal(sm2, again.Find(sm2.KeyId));
        Assert.Equal(json, again.ToJson());
        Assert.StartsWith("""{"version":7,"threshold":2,"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","kid":""", json, StringComparison.Ordinal);
        Assert.Contains($$"""{"kty":"EC","crv":"SM2","alg":"SM2","kid":"{{sm2.KeyId}}",""", json, StringComparison.Ordinal);
        Assert.StartsWith("""{"threshold":1,"keys":[""", one.ToJson(), StringComparison.Ordinal);
        Assert.False(TrustRoots.TryParseJson(json, out _));
    }

    [Fact]
    public void Sixteen_roots_are_the_most()
    {
        var keys = Enumerable.Range(1, 17).Select(number => TestKeys.Of($"new-{number}").PublicKey).ToList();
        Assert.Equal(16, new TrustRoots(keys[..16], 16).Threshold);
        Assert.Throws<ArgumentException>(() => new TrustRoots(keys, 1));
    }

    [Fact]
    public void A_root_that_is_not_spoken_is_none() =>
        Assert.Throws<ArgumentException>(() => new TrustRoots([Root, TestKeys.Of("sm2-root-1").PublicKey], 1, SignatureAlgorithms.Es256Only));

    [Fact]
    public void A_chain_has_at_most_64_changes_one_after_the_other()
    {
        Assert.True(TrustRootsToken.TryReadChain(Array.Empty<byte>(), out var none));
        Assert.Empty(none);
        Assert.True(TrustRootsToken.TryReadChain(new byte[] { 0x00, 0x41, 0x07, 0x80 }, out var three));
        Assert.Equal(["00", "4107", "80"], three.Select(change => Convert.ToHexString(change.Span)));
        Assert.True(TrustRootsToken.TryReadChain(new byte[64], out var most));
        Assert.Equal(64, most.Count);
        Assert.False(TrustRootsToken.TryReadChain(new byte[65], out var tooMany));
        Assert.Null(tooMany);
        Assert.False(TrustRootsToken.TryReadChain(new byte[] { 0x00, 0x41 }, out _));
    }

    [Fact]
    public async Task A_change_of_roots_leads_to_the_set_that_it_names()
    {
        using var signer = new SoftwareSigner(System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256));
        var roots = new TrustRoots([signer.PublicKey], 1);
        var change = await TrustRootsToken.Prepare(new TrustRoots([signer.PublicKey, Root], 1) { Version = 2 }).CompleteAsync([signer], TestContext.Current.CancellationToken);
        Assert.True(TrustRootsToken.TryVerify(change, roots, out var next, out var rejection));
        Assert.Null(rejection);
        Assert.Equal((2L, 1), (next.Version, next.Threshold));
        Assert.Equal([signer.PublicKey, Root], next.Keys);
        Assert.False(TrustRootsToken.TryVerify(change, next, out var back, out rejection));
        Assert.Null(back);
        Assert.Equal(TrustListRejection.Rollback, rejection);
    }

    [Fact]
    public void A_change_of_roots_names_at_most_sixteen_and_none_that_is_not_spoken_here()
    {
        string[] names = [.. Enumerable.Range(1, 16).Select(number => $"new-{number}")];
        Assert.True(TrustRootsToken.TryVerify(Change(new TrustRoots(names.Select(name => TestKeys.Of(name).PublicKey), 1), "new-16"), World.Roots, out var next, out _));
        Assert.Equal(16, next.Keys.Count);
        var sm2 = new TrustRoots([TestKeys.Of("sm2-root-1").PublicKey], 1, Sm2.AndEs256);
        Assert.False(TrustRootsToken.TryVerify(Change(sm2, "sm2-root-1"), World.Roots, out _, out var rejection));
        Assert.Equal(TrustListRejection.Malformed, rejection);

        static byte[] Change(TrustRoots set, string signer) =>
            World.SignTrustPayload(TrustRootsToken.WritePayload(new TrustRoots(set.Keys, set.Threshold, set.Algorithms) { Version = 2 }), ["root-1", "root-2", signer], [0xa1, 0x10, 0x19, 0xfd, 0xec]);
    }

    [Fact]
    public void A_change_of_roots_of_sixteen_kilobytes_and_no_more_is_read()
    {
        byte[] header = [0xa1, 0x10, 0x19, 0xfd, 0xec];
        Assert.Equal(TrustListRejection.ThresholdNotMet, RejectionOf(Filled(TrustRootsToken.MaximumSize, header)));
        Assert.Equal(TrustListRejection.Malformed, RejectionOf(Filled(TrustRootsToken.MaximumSize + 1, header)));

        static TrustListRejection? RejectionOf(byte[] change) => TrustRootsToken.TryVerify(change, World.Roots, out _, out var rejection) ? null : rejection;
    }

    [Fact]
    public void A_trust_list_has_at_most_4096_keys()
    {
        // Keys of SM2 are not looked at by who speaks ES256 alone, so any 32 bytes will do.
        Assert.True(TrustListCodec.TryRead(WithKeys(4096), SignatureAlgorithms.Es256Only, hasLevels: false, out var most));
        Assert.Equal(4096, most.Keys.Count);
        Assert.True(TrustListCodec.TryRead(WithKeys(1), SignatureAlgorithms.Es256Only, hasLevels: false, out _));
        Assert.False(TrustListCodec.TryRead(WithKeys(4097), SignatureAlgorithms.Es256Only, hasLevels: false, out _));
    }

    [Fact]
    public void A_trust_list_has_at_most_256_regions_of_other_levels()
    {
        var rows = Enumerable.Range(0, 257).Select(number => new LevelMapping($"A{number:X3}", 0, 1, 2, 4)).ToList();
        Assert.NotNull(TrustListToken.Prepare(World.TrustContent with { Levels = rows[..256] }));
        Assert.Contains("refuse", Assert.Throws<ArgumentException>(() => TrustListToken.Prepare(World.TrustContent with { Levels = rows })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_roots_signed_comes_back_as_it_was()
    {
        var key = World.TrustContent.Keys[0] with { StatusFloor = World.Now, WithdrawnSince = World.Now.AddSeconds(1) };
        var content = World.TrustContent with { Keys = [key, .. World.TrustContent.Keys.Skip(1)], Levels = [new LevelMapping("32", 0, 1, 2, 4)] };
        Assert.True(TrustListToken.TryVerify(World.SignTrust(content), World.Roots, null, out var list, out var rejection));
        Assert.Null(rejection);
        Assert.Equal(content.Keys, list.Content.Keys);
        Assert.Equal(content.Levels, list.Content.Levels);
        Assert.Equal(content with { Keys = [], Levels = [] }, list.Content with { Keys = [], Levels = [] });
    }

    [Fact]
    public async Task A_trust_list_is_signed_by_some_and_by_each_once()
    {
        using var signer = new SoftwareSigner(System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256));
        var prepared = TrustListToken.Prepare(World.TrustContent);
        await Assert.ThrowsAsync<ArgumentException>(async () => await prepared.CompleteAsync([], TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<ArgumentException>(async () => await prepared.CompleteAsync([signer, signer], TestContext.Current.CancellationToken));
    }

    [Fact]
    public void A_trust_list_of_a_megabyte_and_no_more_is_read()
    {
        byte[] header = [0xa1, 0x10, 0x19, 0xfd, 0xea];
        Assert.Equal(TrustListRejection.ThresholdNotMet, RejectionOf(Filled(TrustListToken.MaximumSize, header)));
        Assert.Equal(TrustListRejection.Malformed, RejectionOf(Filled(TrustListToken.MaximumSize + 1, header)));

        static TrustListRejection? RejectionOf(byte[] list) => TrustListToken.TryVerify(list, World.Roots, null, out _, out var rejection) ? null : rejection;
    }

    [Fact]
    public void Levels_count_for_what_the_row_says()
    {
        var row = new LevelMapping("32", 0, 1, 3, 4);
        Assert.Equal([0, 1, 3, 4], new[] { 1, 2, 3, 4 }.Select(row.CountsFor));
        Assert.Throws<ArgumentOutOfRangeException>(() => row.CountsFor(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => row.CountsFor(5));
    }

    [Theory]
    [InlineData("0,1,3,4", true)]
    [InlineData("0,0,0,0", true)]
    [InlineData("4,4,4,4", true)]
    [InlineData("1,1,2,2", true)]
    [InlineData("1,0,3,4", false)]
    [InlineData("0,2,1,4", false)]
    [InlineData("0,1,4,3", false)]
    [InlineData("0,1,3,5", false)]
    [InlineData("0,1,3", false)]
    [InlineData("0,0,0", false)]
    [InlineData("0,1,3,4,4", false)]
    [InlineData("0,1,3,", false)]
    [InlineData("-1,1,3,4", false)]
    [InlineData("0, 1,3,4", false)]
    [InlineData("a,1,3,4", false)]
    [InlineData("", false)]
    public void A_row_is_written_as_four_numbers_none_less_than_the_one_before(string text, bool isRight)
    {
        Assert.Equal(isRight, LevelMapping.TryParse("32", text, out var row));
        Assert.Equal(isRight ? text : null, row is null ? null : $"{row.One},{row.Two},{row.Three},{row.Four}");
    }

    [Fact]
    public void A_key_id_is_eight_bytes_and_sixteen_digits()
    {
        Assert.True(KeyId.TryParse("fb0513F15aaefb66", out var id));
        Assert.Equal("fb0513f15aaefb66", id.ToString());
        Assert.Equal(Convert.FromHexString("fb0513f15aaefb66"), id.ToBytes());
        Assert.Equal(new KeyId(id.ToBytes()), id);
        Assert.Equal("0000000000000001", new KeyId([0, 0, 0, 0, 0, 0, 0, 1]).ToString());
        Assert.All(new[] { null, "", "fb0513f15aaefb6", "fb0513f15aaefb660", "fb0513f15aaefb6g", " b0513f15aaefb66" }, text => Assert.False(KeyId.TryParse(text, out _)));
        Assert.Throws<ArgumentException>(() => new KeyId(new byte[7]));
        Assert.Throws<ArgumentException>(() => new KeyId(new byte[9]));
    }

    [Fact]
    public void A_list_may_take_the_place_of_an_older_one_and_of_itself()
    {
        var held = Taken(World.TrustContent);
        Assert.True(held.MayReplace(null));
        Assert.True(held.MayReplace(held));
        Assert.True(Taken(World.TrustContent with { Version = 8 }).MayReplace(held));
        Assert.False(Taken(World.TrustContent with { Version = 6 }).MayReplace(held));
        Assert.False(Taken(World.TrustContent with { TimeToLive = TimeSpan.FromHours(1) }).MayReplace(held));

        static TrustList Taken(TrustListContent content) => TrustListToken.TryVerify(World.SignTrust(content), World.Roots, null, out var list, out _) ? list : throw new InvalidOperationException();
    }

    [Fact]
    public void A_template_gives_each_list_its_uri()
    {
        var key = World.TrustContent.Keys[0];
        Assert.Equal("https://s.example.cn/34/pm27110", key.StatusUri("pm27110"));
        Assert.Null((key with { StatusUriTemplate = null }).StatusUri("pm27110"));
    }

    private static string Jwk() => $$"""{"kty":"EC","crv":"P-256","x":"{{System.Buffers.Text.Base64Url.EncodeToString(Root.X)}}","y":"{{System.Buffers.Text.Base64Url.EncodeToString(Root.Y)}}"}""";

    private static string Of(string jwk) => $$"""{"threshold":1,"keys":[{{jwk}}]}""";

    // A stranger's signature around nothing at all: read, it is nobody's.
    private static byte[] Filled(int size, byte[] header)
    {
        var smaller = World.SignTrustPayload(new byte[size - 200], ["stranger"], header);
        return World.SignTrustPayload(new byte[(2 * size) - 200 - smaller.Length], ["stranger"], header);
    }

    private static byte[] WithKeys(int count)
    {
        var key = World.TrustContent.Keys[0];
        return TrustListCodec.Write(World.TrustContent with
        {
            Keys = [.. Enumerable.Range(0, count).Select(number => key with { PublicKey = PublicKey.Unsupported(CoseAlgorithm.Sm2, [.. BitConverter.GetBytes(number), .. new byte[28]], new byte[32]) })],
        });
    }
}
