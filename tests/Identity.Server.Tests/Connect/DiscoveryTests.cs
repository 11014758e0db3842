using System.Net;
using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>The discovery document to the letter, beside this file. Applications read it: it changes only on purpose.</summary>
public sealed class DiscoveryTests(OidcServer server) : IClassFixture<OidcServer>
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Theory]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server")]
    public async Task The_document_is_the_one_that_was_agreed(string path)
    {
        var agreed = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests", "Identity.Server.Tests", "Connect", "discovery.json"), TestContext.Current.CancellationToken);
        var served = await server.Http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        var now = JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(served), Indented).Replace(server.Issuer, "https://issuer.example", StringComparison.Ordinal) + "\n";
        Assert.True(agreed == now, $"If this is on purpose, discovery.json becomes:\n{now}");
    }

    public static TheoryData<string> Documents => ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks"];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task It_is_named_by_its_content_and_not_sent_twice_to_who_has_it(string path)
    {
        using var first = await GetAsync(HttpMethod.Get, path);
        Assert.Equal("public, max-age=60", string.Join(", ", first.Headers.GetValues("Cache-Control")).Replace("max-age=60, public", "public, max-age=60", StringComparison.Ordinal));
        Assert.False(first.Headers.Contains("Pragma"));
        Assert.Equal("application/json; charset=utf-8", first.Content.Headers.ContentType?.ToString(), ignoreCase: true);

        using var again = await GetAsync(HttpMethod.Get, path, first.Headers.ETag);
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        using var other = await GetAsync(HttpMethod.Get, path, new("\"another\""));
        Assert.Equal(await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), await other.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        using var head = await GetAsync(HttpMethod.Head, path);
        Assert.Equal(first.Headers.ETag, head.Headers.ETag);
        Assert.Equal(first.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task It_is_what_the_engine_writes(string path)
    {
        // With a query the engine answers by itself.
        var kept = await server.Http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(await server.Http.GetStringAsync(new Uri(path + "?x=1", UriKind.Relative), TestContext.Current.CancellationToken), kept);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Asking_under_another_name_changes_nothing_for_others(string path)
    {
        await using var own = new OidcServer();
        await own.InitializeAsync();
        using var elsewhere = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = "elsewhere.example" } };
        using var answer = await own.Http.SendAsync(elsewhere, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("elsewhere.example", await own.Http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> GetAsync(HttpMethod method, string path, EntityTagHeaderValue? known = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (known is not null)
        {
            request.Headers.IfNoneMatch.Add(known);
        }

        return await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
