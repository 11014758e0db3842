using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

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
