using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OneCode.Cli.Vectors;
using OneCode.Wire;

namespace OneCode.Tests;

/// <summary>The draft's own vectors, and what two implementations that are not ours wrote (tests/vectors/status-list).</summary>
public sealed class TokenStatusListTests
{
    public static TheoryData<string> Drafts => Files("draft-*.json");

    public static TheoryData<string> Peers => Files("peer-*.json");

    [Theory]
    [MemberData(nameof(Drafts))]
    public void The_drafts_vectors_say_what_the_draft_says(string file)
    {
        var vector = Read(file);
        using var json = JsonDocument.Parse($$"""{"bits":{{vector["bits"]}},"lst":"{{vector["lst"]}}"}""");
        Assert.True(TokenStatusList.TryReadJson(json.RootElement, out var fromJson));
        Assert.True(TokenStatusList.TryReadCbor(Convert.FromHexString((string)vector["cbor"]!), out var fromCbor));
        AssertEntries(vector, fromJson);
        AssertEntries(vector, fromCbor);
    }

    [Fact]
    public void A_member_that_nobody_knows_is_passed_over()
    {
        var vector = Read("draft-1-bit.json");
        var map = Convert.FromHexString((string)vector["cbor"]!);

        // One pair more, in front: a text of one letter and an array of two.
        Assert.True(TokenStatusList.TryReadCbor([(byte)(map[0] + 1), 0x61, (byte)'a', 0x82, 0x01, 0x61, (byte)'b', .. map.AsSpan(1)], out var list));
        AssertEntries(vector, list);
    }

    [Theory]
    [InlineData("draft-1-bit.json")]
    [InlineData("draft-2-bit.json")]
    public void A_status_list_of_ours_with_the_same_entries_inflates_to_the_same_bytes(string file)
    {
        var vector = Read(file);
        var bits = (int)vector["bits"]!;
        var ours = new StatusList((int)vector["count"]!, bits);
        foreach (var (index, value) in vector["entries"]!.AsObject())
        {
            ours.Set(int.Parse(index, CultureInfo.InvariantCulture), (StatusValue)(int)value!);
        }

        Assert.True(StatusList.TryInflate(Base64Url.DecodeFromChars((string)vector["lst"]!), bits, out var theirs));
        Assert.Equal(theirs.Bytes, ours.Bytes);
        Assert.True(StatusList.TryInflate(ours.Deflate(), bits, out var again));
        Assert.Equal(theirs.Bytes, again.Bytes);
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public void What_another_implementation_wrote_is_read(string file)
    {
        var vector = Read(file);
        Assert.True(TokenStatusList.TryRead(Token(vector), Key(vector), out var list));
        AssertEntries(vector, list);
        Assert.Equal((string)vector["uri"]!, list.Uri);
        Assert.Equal((long)vector["iat"]!, list.IssuedAt.ToUnixTimeSeconds());
        Assert.Equal((long?)vector["exp"], list.ExpiresAt?.ToUnixTimeSeconds());
        Assert.Equal((double?)vector["ttl"], list.TimeToLive?.TotalSeconds);
        Assert.Equal((string?)vector["aggregation_uri"], list.AggregationUri);
        Assert.Null(list.Get(list.Count));
        Assert.Null(list.Get(-1));
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public void A_token_with_any_byte_changed_is_not_read(string file)
    {
        var vector = Read(file);
        var (token, key) = (Token(vector), Key(vector));
        // The peers put the kid into the unprotected header of a CWT, {4: h'31'}, which nothing signs and nothing here reads.
        var unsigned = token.AsSpan().IndexOf<byte>([0xa1, 0x04, 0x41, 0x31]);
        for (var at = 0; at < token.Length; at++)
        {
            if (unsigned >= 0 && at >= unsigned && at < unsigned + 4)
            {
                continue;
            }

            token[at] ^= 1;
            // The last character of base64url may hold bits that mean nothing; a strict reader refuses those too.
            Assert.False(TokenStatusList.TryRead(token, key, out _), $"byte {at}");
            token[at] ^= 1;
        }

        Assert.False(TokenStatusList.TryRead(token.AsSpan(0, token.Length - 1), key, out _));
    }

    [Theory]
    [InlineData("""{"typ":"statuslist+jwt","alg":"ES256"}""", null, true)]
    [InlineData("""{"typ":"statuslist+jwt","alg":"ES256","kid":"1"}""", null, true)]
    [InlineData("""{"typ":"jwt","alg":"ES256"}""", null, false)]
    [InlineData("""{"alg":"ES256"}""", null, false)]
    [InlineData("""{"typ":1,"alg":"ES256"}""", null, false)]
    [InlineData("""{"typ":"statuslist+jwt"}""", null, false)]
    [InlineData("""{"typ":"statuslist+jwt","alg":"none"}""", null, false)]
    [InlineData("""{"typ":"statuslist+jwt","alg":"ES256","alg":"ES256"}""", null, false)]
    [InlineData("""{"typ":"statuslist+jwt","alg":"ES256","crit":[]}""", null, false)]
    [InlineData("[]", null, false)]
    [InlineData("{", null, false)]
    [InlineData(null, """{"sub":"https://x","iat":0,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", true)]
    [InlineData(null, """{"sub":"https://x","iat":1.5,"exp":253402300799,"ttl":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ","aggregation_uri":"https://y"}}""", true)]
    [InlineData(null, """{"iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":1,"iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":"1","status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":-1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"exp":253402300800,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"exp":"1","status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"ttl":0,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"ttl":"1","status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":[]}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":"1","lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1.5,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":3,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":16,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":1}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ=="}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrb+RgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"AAAA"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ","aggregation_uri":1}}""", false)]
    [InlineData(null, """{"sub":"https://x","sub":"https://y","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData("""{"typ":"\ud800","alg":"ES256"}""", null, false)]
    [InlineData(null, """{"sub":"\ud800","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ","aggregation_uri":"\ud800"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXR"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAh cBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":99999999999,"lst":"eNrbuRgAAhcBXQ"}}""", false)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":2,"lst":"eNrbuRgAAhcBXQ"}}""", true)]
    [InlineData(null, """{"sub":"https://x","iat":1,"status_list":{"bits":8,"lst":"eNrbuRgAAhcBXQ"}}""", true)]
    [InlineData(null, """{"sub":"https://x","iat":253402300799,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""", true)]
    [InlineData(null, "[]", false)]
    [InlineData(null, "", false)]
    public void A_signed_JWT_is_read_where_it_says_what_the_draft_wants(string? header, string? payload, bool isRight)
    {
        var text = $"{Encoded(header ?? """{"typ":"statuslist+jwt","alg":"ES256"}""")}.{Encoded(payload ?? """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""")}";
        Assert.Equal(isRight, IsRead($"{text}.{Base64Url.EncodeToString(TestKeys.Sign("status", Encoding.ASCII.GetBytes(text)))}"));
    }

    [Fact]
    public void A_JWT_has_three_parts_and_a_signature_of_the_keys_own_over_the_first_two()
    {
        var text = $"{Encoded("""{"typ":"statuslist+jwt","alg":"ES256"}""")}.{Encoded("""{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""")}";
        var signature = Base64Url.EncodeToString(TestKeys.Sign("status", Encoding.ASCII.GetBytes(text)));
        Assert.True(IsRead($"{text}.{signature}"));
        Assert.False(IsRead(text));
        Assert.False(IsRead("eyJ"));
        Assert.False(IsRead(""));
        Assert.False(IsRead($"{text}.{signature}AA"));
        Assert.False(IsRead($"{text}.{signature}."));
        Assert.False(IsRead($"{text}.{signature} "));
        Assert.False(IsRead($"{text}. {signature}"));
        Assert.False(IsRead($"{text}.{signature}="));
        // 64 bytes leave four bits of the last character unused.
        Assert.False(IsRead($"{text}.{signature[..^1]}{(char)(signature[^1] + 1)}"));
        Assert.Equal(86, signature.Length);
        Assert.False(IsRead($"{text}.{signature[..^2]}"));
        Assert.False(IsRead($"{text}.{Base64Url.EncodeToString(TestKeys.Sign("stranger", Encoding.ASCII.GetBytes(text)))}"));
    }

    [Fact]
    public void A_token_of_eight_mebibytes_is_read_and_one_more_byte_is_not()
    {
        Assert.True(IsRead(OfLength(8 << 20)));
        Assert.False(IsRead(OfLength((8 << 20) + 1)));

        static string OfLength(int length)
        {
            foreach (var kid in new[] { "", "1", "12" })
            {
                var header = Encoded($$"""{"typ":"statuslist+jwt","alg":"ES256","kid":"{{kid}}"}""");
                var left = length - header.Length - 2 - 86;
                if (left % 4 != 1)
                {
                    var payload = """{"sub":"https://x","iat":1,"status_list":{"bits":1,"lst":"eNrbuRgAAhcBXQ"}}""".PadRight(left * 3 / 4);
                    var text = $"{header}.{Encoded(payload)}";
                    var token = $"{text}.{Base64Url.EncodeToString(TestKeys.Sign("status", Encoding.ASCII.GetBytes(text)))}";
                    Assert.Equal(length, token.Length);
                    return token;
                }
            }

            throw new InvalidOperationException("One of three lengths in a row is no multiple of four and one.");
        }
    }

    [Fact]
    public void A_signed_CWT_is_read_where_it_says_what_the_draft_wants()
    {
        Assert.True(IsRead(Cwt()));
        Assert.True(IsRead(Cwt(header => header.With(4, value => value.Bytes([1])))), "a kid in the header");
        Assert.True(IsRead(Cwt(payload: claims => claims.With(1, value => value.Text("anybody")))), "another claim");
        Assert.True(IsRead(Cwt(payload: claims => claims.With(4, value => value.Integer(2)).With(65534, value => value.Integer(1)))), "exp and ttl");
        Assert.False(IsRead(Cwt(header => header.Without(16))), "no typ");
        Assert.False(IsRead(Cwt(header => header.With(16, value => value.Text("application/statuslist+jwt")))), "another typ");
        Assert.False(IsRead(Cwt(header => header.With(16, value => value.Integer(1)))), "a number for a typ");
        Assert.False(IsRead(Cwt(header => header.Without(1))), "no alg");
        Assert.False(IsRead(Cwt(header => header.With(1, value => value.Integer(-8)))), "another alg");
        Assert.False(IsRead(Cwt(header => header.With(1, value => value.Text("ES256")))), "alg in words");
        Assert.False(IsRead(Cwt(header => header.With(2, value => value.Array(0)))), "crit");
        Assert.False(IsRead(Cwt(payload: claims => claims.Without(2))), "no sub");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(2, value => value.Integer(1)))), "a number for a sub");
        Assert.False(IsRead(Cwt(payload: claims => claims.Without(6))), "no iat");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(6, value => value.Integer(-1)))), "iat before 1970");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(6, value => value.Text("now")))), "iat in words");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(4, value => value.Integer(253402300800)))), "exp after 9999");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65534, value => value.Integer(0)))), "a ttl of nothing");
        Assert.False(IsRead(Cwt(payload: claims => claims.Without(65533))), "no list");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Array(0)))), "an array for a list");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Map(1).Text("lst").Bytes(Lst)))), "no bits");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Map(1).Text("bits").Integer(1)))), "no lst");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Map(2).Text("lst").Bytes(Lst).Text("bits").Integer(3)))), "three bits");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Map(2).Text("lst").Bytes(Lst).Text("bits").Text("1")))), "bits in words");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Map(2).Text("lst").Text("eNo").Text("bits").Integer(1)))), "lst as a text");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Map(2).Integer(1).Bytes(Lst).Text("bits").Integer(1)))), "a member named by a number");
        Assert.True(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Map(3).Text("lst").Bytes(Lst).Text("bits").Integer(1).Text("other").Integer(1)))), "another member");
        Assert.False(IsRead(Cwt(payload: claims => claims.With(65533, value => value.Map(3).Text("lst").Bytes(Lst).Text("bits").Integer(1).Text("aggregation_uri").Integer(1)))), "a number for an aggregation_uri");
    }

    [Fact]
    public void A_CWT_is_a_COSE_Sign1_and_nothing_else()
    {
        var good = Cwt();
        Assert.False(IsRead(good[1..]));
        Assert.False(IsRead([.. good, 0x00]));
        Assert.False(TokenStatusList.TryRead(Cwt(signer: "sm2-status"), TestKeys.Of("sm2-status").PublicKey, out _));
        Assert.False(IsRead([0xd8, 98, .. good.AsSpan(1)]));
        Assert.False(IsRead([0xd2, 0x85, .. good.AsSpan(2), 0x00]));
        Assert.True(TokenStatusList.TryRead(good, TestKeys.Of("status").PublicKey, out var list));
        Assert.Equal(("https://x", 1L, 16), (list.Uri, list.IssuedAt.ToUnixTimeSeconds(), list.Count));
        Assert.Null(list.ExpiresAt);
        Assert.Null(list.TimeToLive);
        Assert.False(TokenStatusList.TryRead(good, TestKeys.Of("stranger").PublicKey, out _));
    }

    private static readonly byte[] Lst = Base64Url.DecodeFromChars("eNrbuRgAAhcBXQ");

    private static byte[] Cwt(Func<CborPairs, CborPairs>? header = null, Func<CborPairs, CborPairs>? payload = null, string signer = "status")
    {
        var head = new CborPairs(new CborWriter().Map(2).Integer(1).Integer(-7).Integer(16).Text("application/statuslist+cwt").ToArray());
        var claims = new CborPairs(new CborWriter().Map(3).Integer(2).Text("https://x").Integer(6).Integer(1).Integer(65533).Map(2).Text("lst").Bytes(Lst).Text("bits").Integer(1).ToArray());
        var (first, second) = ((header?.Invoke(head) ?? head).ToBytes(), (payload?.Invoke(claims) ?? claims).ToBytes());
        return CoseSign1.Write(first, second, TestKeys.Sign(signer, CoseSign1.ToBeSigned(first, second)));
    }

    private static string Encoded(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private static bool IsRead(string token) => IsRead(Encoding.ASCII.GetBytes(token));

    private static bool IsRead(byte[] token) => TokenStatusList.TryRead(token, TestKeys.Of("status").PublicKey, out _);

    private static void AssertEntries(JsonNode vector, TokenStatusList list)
    {
        var entries = vector["entries"]!.AsObject().ToDictionary(entry => int.Parse(entry.Key, CultureInfo.InvariantCulture), entry => (int)entry.Value!);
        Assert.Equal((int)vector["bits"]!, list.Bits);
        Assert.Equal((int)vector["count"]!, list.Count);
        Assert.All(Enumerable.Range(0, list.Count), index =>
        {
            if (entries.GetValueOrDefault(index) != list.Get(index))
            {
                Assert.Fail($"{index} is {list.Get(index)}");
            }
        });
    }

    private static byte[] Token(JsonNode vector) => vector["jwt"] is { } jwt ? Encoding.ASCII.GetBytes((string)jwt!) : Convert.FromHexString((string)vector["cwt"]!);

    private static PublicKey Key(JsonNode vector) =>
        PublicKey.TryCreate(Base64Url.DecodeFromChars((string)vector["key"]!["x"]!), Base64Url.DecodeFromChars((string)vector["key"]!["y"]!), out var key)
            ? key
            : throw new FormatException("The vector's key is none.");

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, file)))!;

    private static string Folder => Path.Combine(Repository.Root, "tests", "vectors", "status-list");

    private static TheoryData<string> Files(string pattern) => [.. Directory.EnumerateFiles(Folder, pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
}
