using System.Net;
using System.Net.Http.Headers;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Web;

/// <summary>Wallet and verifier, as their origins serve them.</summary>
public sealed class PageOriginTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task Each_origin_shows_its_own_page()
    {
        Assert.Contains("一码核验", await TextAsync(server.Verifier, "/"), StringComparison.Ordinal);
        Assert.Contains("一码核验", await TextAsync(server.Verifier, "/c"), StringComparison.Ordinal);
        Assert.Contains("一码钱包", await TextAsync(server.Wallet, "/"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(server.Wallet, "/c"));
    }

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/api/subjects")]
    [InlineData("/connect/authorize")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/onecode/../wallet/app.js")]
    [InlineData("/onecode/%2e%2e/wallet/index.html")]
    [InlineData("/ONECODE/verify.js")]
    [InlineData("/shared/service-worker.js")]
    [InlineData("/index.html")]
    public async Task Nothing_else_is_reachable_under_a_page_s_name(string path)
    {
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(server.Verifier, path));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(server.Wallet, path));
    }

    [Fact]
    public async Task Scripts_come_from_their_own_origin_and_only_the_verifier_runs_WebAssembly_and_sees_the_camera()
    {
        using var verifier = await GetAsync(server.Verifier, "/");
        using var wallet = await GetAsync(server.Wallet, "/");
        foreach (var answer in new[] { verifier, wallet })
        {
            var policy = Header(answer, "Content-Security-Policy");
            Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
            Assert.Contains("require-trusted-types-for 'script'", policy, StringComparison.Ordinal);
            Assert.Contains($"connect-src 'self' {server.Login.GetLeftPart(UriPartial.Authority)};", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
            Assert.Equal("no-cache", Header(answer, "Cache-Control"));
            Assert.Equal("no-referrer", Header(answer, "Referrer-Policy"));
            Assert.False(answer.Headers.Contains("Set-Cookie"));
            using var page = await Browser.ReadAsync(answer);
            Assert.Empty(page.QuerySelectorAll("style, [style], script:not([src]), [onclick], [onload], [onsubmit]"));
        }

        Assert.Contains("'wasm-unsafe-eval'", Header(verifier, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.DoesNotContain("wasm-unsafe-eval", Header(wallet, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("camera=(self)", Header(verifier, "Permissions-Policy"), StringComparison.Ordinal);
        Assert.Contains("camera=()", Header(wallet, "Permissions-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_worker_names_every_file_and_each_of_them_is_there()
    {
        foreach (var origin in new[] { server.Verifier, server.Wallet })
        {
            var script = await TextAsync(origin, "/sw.js");
            const string Start = "self.onecodeAssets = ";
            Assert.StartsWith(Start, script, StringComparison.Ordinal);
            var assets = System.Text.Json.JsonDocument.Parse(script[Start.Length..script.IndexOf(";\n", StringComparison.Ordinal)]).RootElement;
            Assert.NotEmpty(assets.GetProperty("version").GetString()!);
            foreach (var file in assets.GetProperty("files").EnumerateArray())
            {
                Assert.Equal(HttpStatusCode.OK, await StatusAsync(origin, file.GetString()!));
            }
        }
    }

    [Fact]
    public async Task What_has_not_changed_is_not_sent_again()
    {
        using var first = await GetAsync(server.Verifier, "/onecode/verify.js");
        using var browser = server.OpenBrowser(server.Verifier);
        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri("/onecode/verify.js", UriKind.Relative));
        again.Headers.IfNoneMatch.Add(new EntityTagHeaderValue(first.Headers.ETag!.Tag));
        using var answer = await browser.Http.SendAsync(again, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotModified, answer.StatusCode);
        Assert.Equal("text/javascript", first.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Pages_are_read_and_never_written()
    {
        using var browser = server.OpenBrowser(server.Wallet);
        using var answer = await browser.Http.PostAsync(new Uri("/", UriKind.Relative), new StringContent(""), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> GetAsync(Uri origin, string path)
    {
        using var browser = server.OpenBrowser(origin);
        return await browser.GetAsync(path);
    }

    private async Task<HttpStatusCode> StatusAsync(Uri origin, string path)
    {
        using var answer = await GetAsync(origin, path);
        return answer.StatusCode;
    }

    private async Task<string> TextAsync(Uri origin, string path)
    {
        using var answer = await GetAsync(origin, path);
        return await answer.Content.ReadAsStringAsync();
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";
}
