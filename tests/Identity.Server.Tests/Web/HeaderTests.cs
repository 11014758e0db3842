using System.Net;
using System.Text.Json;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Web;

public sealed class HeaderTests(TheServer server) : IClassFixture<TheServer>
{
    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/sign-out")]
    [InlineData("/no-such-page")]
    [InlineData("/assets/none")]
    [InlineData("/api/none")]
    public async Task Every_answer_of_the_login_origin_carries_its_headers(string path)
    {
        using var browser = server.OpenBrowser();
        using var answer = await browser.GetAsync(path);
        Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
        Assert.Equal("same-origin", Header(answer, "Referrer-Policy"));
        var policy = Header(answer, "Content-Security-Policy");
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("", Header(answer, "Server"));
        Assert.All(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], cookie =>
        {
            Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("samesite=", cookie, StringComparison.OrdinalIgnoreCase);
        });
    }

    [Fact]
    public async Task Pages_are_not_kept_and_hold_nothing_inline()
    {
        using var browser = server.OpenBrowser();
        (await browser.SignInAsync(await server.AddAccountAsync())).Dispose();
        foreach (var path in new[] { "/account", "/account/password", "/sign-out", "/no-such-page" })
        {
            using var answer = await browser.GetAsync(path);
            Assert.Equal("no-store", Header(answer, "Cache-Control"));
            using var page = await Browser.ReadAsync(answer);
            Assert.Empty(page.QuerySelectorAll("style, [style], script:not([src]), [onclick], [onload], [onsubmit]"));
            Assert.Equal("zh-CN", page.DocumentElement.GetAttribute("lang"));
            Assert.NotNull(page.QuerySelector("main h1"));
        }
    }

    [Fact]
    public async Task A_form_may_end_at_the_application_that_asked_and_nowhere_else()
    {
        await using var withClient = new TheServer(new()
        {
            ["Clients:rp:Name"] = "rp",
            ["Clients:rp:RedirectUris:0"] = "http://127.0.0.1:7001/cb",
            ["Clients:rp:Scopes:0"] = "openid",
        });
        await withClient.InitializeAsync();
        using var browser = withClient.OpenBrowser();
        async Task<string> PolicyForAsync(string redirectUri)
        {
            using var answer = await browser.GetAsync("/sign-in?returnUrl=" + Uri.EscapeDataString("/connect/authorize?client_id=rp&redirect_uri=" + Uri.EscapeDataString(redirectUri)));
            return Header(answer, "Content-Security-Policy");
        }

        Assert.EndsWith("form-action 'self' http://127.0.0.1:7001", await PolicyForAsync("http://127.0.0.1:7001/cb"), StringComparison.Ordinal);
        Assert.EndsWith("form-action 'self'", await PolicyForAsync("https://evil.example/cb"), StringComparison.Ordinal);
        Assert.EndsWith("form-action 'self'", await PolicyForAsync("x; script-src *:a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task People_get_a_page_and_programs_get_a_problem()
    {
        using var browser = server.OpenBrowser();
        using var page = await browser.GetAsync("/no-such-page");
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
        using var document = await Browser.ReadAsync(page);
        Assert.Equal("没有找到这个页面", document.QuerySelector("h1")?.TextContent);
        using var problem = await browser.GetAsync("/api/no-such-thing");
        Assert.Equal(HttpStatusCode.NotFound, problem.StatusCode);
        Assert.Equal("application/problem+json", problem.Content.Headers.ContentType?.MediaType);
        using var json = JsonDocument.Parse(await problem.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("not_found", json.RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task The_language_is_chosen_by_a_link_and_remembered()
    {
        using var browser = server.OpenBrowser();
        using var chinese = await browser.OpenAsync("/sign-in?returnUrl=%2Faccount");
        Assert.Equal("登录", chinese.QuerySelector("h1")?.TextContent);
        using var english = await browser.OpenAsync(chinese.QuerySelector("a.lang")!.GetAttribute("href")!);
        Assert.Equal("Sign in", english.QuerySelector("h1")?.TextContent);
        Assert.Equal("en", english.DocumentElement.GetAttribute("lang"));
        Assert.Equal("/account", english.QuerySelector("input[name=returnUrl]")?.GetAttribute("value"));
        using var later = await browser.OpenAsync("/sign-out?done=true");
        Assert.Equal("You are signed out", later.QuerySelector("h1")?.TextContent);
    }

    [Fact]
    public async Task The_login_origins_pages_do_not_exist_on_the_others()
    {
        foreach (var origin in new[] { server.Wallet, server.Verifier, server.Console })
        {
            using var browser = server.OpenBrowser(origin);
            using var answer = await browser.GetAsync("/sign-in");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("Development", "http://id.example.org", false)]
    [InlineData("Production", "http://localhost:5080", false)]
    [InlineData("Production", "https://id.example.org", true)]
    [InlineData("Development", "http://localhost:5080", true)]
    [InlineData("Production", "https://id.example.org/base", false)]
    public void Plain_http_is_for_a_developers_own_machine(string environment, string login, bool starts)
    {
        var judged = new Identity.Server.Web.HttpsRequired(new TestEnvironment(environment)).Validate(null, new Identity.Server.Web.Origins
        {
            Login = new Uri(login),
            Wallet = new Uri("https://wallet.example.org"),
            Verifier = new Uri("https://verify.example.org"),
            Console = new Uri("https://console.example.org"),
        });
        Assert.Equal(starts, judged.Succeeded);
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values) ? string.Join(',', values) : "";

    private sealed record TestEnvironment(string EnvironmentName) : Microsoft.Extensions.Hosting.IHostEnvironment
    {
        public string EnvironmentName { get; set; } = EnvironmentName;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public Microsoft.Extensions.FileProviders.IFileProvider ContentRootFileProvider { get; set; } = new Microsoft.Extensions.FileProviders.NullFileProvider();
    }
}
