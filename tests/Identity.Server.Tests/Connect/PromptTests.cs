using System.Net;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>OpenID Connect Core 3.1.2.1: who sits there, and how fresh that is.</summary>
public sealed class PromptTests(OidcServer server) : IClassFixture<OidcServer>
{
    [Fact]
    public async Task Nobody_signed_in_is_sent_to_sign_in_and_comes_back()
    {
        var name = await server.Server.AddAccountAsync();
        using var browser = server.Server.OpenBrowser();
        var request = server.Request();
        using var first = await browser.GetAsync(request.Url);
        Assert.Contains("/sign-in?", first.Headers.Location!.OriginalString, StringComparison.Ordinal);
        using var signedIn = await SubmitSignInAsync(browser, first.Headers.Location.OriginalString, name);
        using var back = await browser.GetAsync(signedIn.Headers.Location!.OriginalString);
        Assert.Contains("code=", back.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("prompt", "login")]
    [InlineData("prompt", "select_account")]
    [InlineData("max_age", "0")]
    public async Task A_fresh_sign_in_is_asked_for_once_and_then_counts(string name, string value)
    {
        var account = await server.Server.AddAccountAsync();
        using var browser = await server.SignedInAsync(account);
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        using var first = await browser.GetAsync(server.Request().With(name, value).Url);
        Assert.Contains("/sign-in?", first.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Contains("fresh=true", first.Headers.Location.OriginalString, StringComparison.Ordinal);
        using var signedIn = await SubmitSignInAsync(browser, first.Headers.Location.OriginalString, account);
        using var back = await browser.GetAsync(signedIn.Headers.Location!.OriginalString);
        Assert.Contains("code=", back.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sign_in_page_says_for_whom_it_is_and_which_level_is_missing()
    {
        using var browser = server.Server.OpenBrowser();
        using var first = await browser.GetAsync(server.Request().With("acr_values", "urn:onecode:loa:4").Url);
        using var page = await browser.OpenAsync(first.Headers.Location!.OriginalString);
        Assert.Contains("人社服务大厅", page.QuerySelector("#application")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("4", page.QuerySelector("#why strong")!.TextContent, StringComparison.Ordinal);

        // What somebody else wrote into the address is not said.
        using var forged = await browser.OpenAsync("/sign-in?why=CfDJ8AAAA");
        Assert.Null(forged.QuerySelector("#application"));
    }

    [Fact]
    public async Task A_mark_of_freshness_that_is_not_ours_is_worth_nothing()
    {
        using var browser = await server.SignedInAsync();
        using var answer = await browser.GetAsync(server.Request().With("prompt", "login").With("onecode_since", "CfDJ8AAAA").Url);
        Assert.Contains("/sign-in?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_younger_than_max_age_is_enough()
    {
        using var browser = await server.SignedInAsync();
        Assert.NotEmpty(await server.Request().With("max_age", "3600").CodeAsync(browser));
    }

    [Fact]
    public async Task Prompt_none_with_too_old_a_sign_in_is_login_required()
    {
        using var browser = await server.SignedInAsync();
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        Assert.Equal("login_required", (await server.Request().With("prompt", "none").With("max_age", "0").AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task Prompt_none_with_somebody_signed_in_gives_a_code()
    {
        using var browser = await server.SignedInAsync();
        Assert.NotEmpty(await server.Request().With("prompt", "none").CodeAsync(browser));
    }

    [Fact]
    public async Task A_hint_of_the_person_who_is_there_changes_nothing()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        Assert.NotEmpty(await server.Request().With("prompt", "none").With("id_token_hint", tokens.IdToken).CodeAsync(browser));
    }

    [Fact]
    public async Task A_hint_of_somebody_else_with_prompt_none_is_login_required()
    {
        using var other = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(other);
        using var browser = await server.SignedInAsync();
        Assert.Equal("login_required", (await server.Request().With("prompt", "none").With("id_token_hint", tokens.IdToken).AnswerAsync(browser))["error"]);
    }

    [Theory]
    [InlineData("claims", "[]", "invalid_request")]
    [InlineData("request", "e30.e30.", "request_not_supported")]
    [InlineData("request_uri", "https://rp.example/r", "request_uri_not_supported")]
    [InlineData("registration", "{}", "registration_not_supported")]
    [InlineData("max_age", "-1", "invalid_request")]
    [InlineData("max_age", "1e3", "invalid_request")]
    [InlineData("max_age", "99999999999999999999", "invalid_request")]
    [InlineData("prompt", "none login", "invalid_request")]
    [InlineData("response_type", "token", null)]
    [InlineData("response_type", "code id_token", null)]
    [InlineData("response_mode", "jwt", "invalid_request")]
    public async Task What_is_specified_and_not_offered_is_refused_to_the_client(string name, string value, string? error)
    {
        using var browser = await server.SignedInAsync();
        var answer = await server.Request().With(name, value).AnswerAsync(browser);
        Assert.True(answer.ContainsKey("error"));
        Assert.False(answer.ContainsKey("code"));
        if (error is not null)
        {
            Assert.Equal(error, answer["error"]);
        }
    }

    private static async Task<HttpResponseMessage> SubmitSignInAsync(Browser browser, string url, string name)
    {
        var answer = await browser.SubmitAsync(url, new Dictionary<string, string> { ["userName"] = name, ["password"] = TheServer.Password });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer;
    }
}
