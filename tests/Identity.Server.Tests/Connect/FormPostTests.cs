using System.Net;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>OAuth 2.0 Form Post Response Mode, under our content security policy.</summary>
public sealed class FormPostTests(OidcServer server) : IClassFixture<OidcServer>
{
    [Fact]
    public async Task The_code_comes_in_a_form_that_posts_itself_by_a_file_and_by_a_button()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request().With("response_mode", "form_post");
        using var answer = await browser.GetAsync(request.Url);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        var policy = string.Join(',', answer.Headers.GetValues("Content-Security-Policy"));
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.EndsWith("form-action 'self' http://localhost:9", policy, StringComparison.Ordinal);

        using var page = await Browser.ReadAsync(answer);
        Assert.Empty(page.QuerySelectorAll("style, [style], script:not([src]), [onclick], [onload], [onsubmit]"));
        var form = page.QuerySelector("form#form-post")!;
        Assert.Equal(server.RedirectUriOf(OidcServer.Hr), form.GetAttribute("action"));
        Assert.Equal("post", form.GetAttribute("method"));
        Assert.NotNull(form.QuerySelector("button[type=submit]"));
        var fields = form.QuerySelectorAll("input").ToDictionary(input => input.GetAttribute("name")!, input => input.GetAttribute("value")!);
        Assert.Equal(["code", "iss", "state"], fields.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((server.Issuer, "st&te=1"), (fields["iss"], fields["state"]));

        var source = page.QuerySelectorAll("script").Select(script => script.GetAttribute("src")!).Single(src => src.Contains("form-post", StringComparison.Ordinal));
        using var script = await browser.GetAsync(source);
        Assert.Equal("text/javascript", script.Content.Headers.ContentType?.MediaType);
        using var redeemed = await request.RedeemAsync(fields["code"]);
        Assert.True(redeemed.IsSuccessStatusCode);
    }

    [Fact]
    public async Task Errors_come_the_same_way()
    {
        using var browser = server.Server.OpenBrowser();
        using var answer = await browser.GetAsync(server.Request().With("response_mode", "form_post").With("prompt", "none").Url);
        using var page = await Browser.ReadAsync(answer);
        Assert.Equal("login_required", page.QuerySelector("form#form-post input[name=error]")?.GetAttribute("value"));
    }

    [Fact]
    public async Task A_form_never_goes_to_an_address_that_is_not_registered()
    {
        using var browser = await server.SignedInAsync();
        using var answer = await browser.GetAsync(server.Request().With("response_mode", "form_post").With("redirect_uri", "https://evil.example/cb").Url);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.DoesNotContain("evil.example", string.Join(',', answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        using var page = await Browser.ReadAsync(answer);
        Assert.Null(page.QuerySelector("form#form-post"));
    }
}
