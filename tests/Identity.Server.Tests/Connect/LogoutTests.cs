using System.Net;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RP-Initiated Logout 1.0 and Back-Channel Logout 1.0.</summary>
public sealed class LogoutTests(OidcServer server) : IClassFixture<OidcServer>
{
    private const string Back = "http://localhost:9/signout-callback-oidc";

    [Fact]
    public async Task Its_own_identity_token_signs_out_at_once_and_goes_back()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        using var answer = await browser.GetAsync(Url(("id_token_hint", tokens.IdToken!), ("post_logout_redirect_uri", Back), ("state", "s1")));
        Assert.Equal(Back + "?state=s1", answer.Headers.Location?.OriginalString);
        Assert.Equal("login_required", (await server.Request().With("prompt", "none").AnswerAsync(browser))["error"]);
        using var userInfo = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
    }

    [Fact]
    public async Task A_bare_link_is_a_question_first()
    {
        using var browser = await server.SignedInAsync();
        using var page = await browser.OpenAsync("/connect/endsession");
        Assert.NotNull(page.QuerySelector("main form button[name=confirm]"));
        Assert.NotEmpty(await server.Request().With("prompt", "none").CodeAsync(browser));
        using var done = await browser.SendAsync("/connect/endsession", page, new Dictionary<string, string> { ["confirm"] = "yes" });
        Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        Assert.Equal("login_required", (await server.Request().With("prompt", "none").AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task A_client_without_a_hint_asks_the_person_and_gets_its_redirect_afterwards()
    {
        using var browser = await server.SignedInAsync();
        var url = Url(("client_id", OidcServer.Hr), ("post_logout_redirect_uri", Back));
        using var page = await browser.OpenAsync(url);
        using var done = await browser.SendAsync("/connect/endsession", page, new Dictionary<string, string> { ["confirm"] = "yes" });
        Assert.Equal(Back, done.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task A_confirmation_that_another_site_posts_is_a_question_again()
    {
        using var browser = await server.SignedInAsync();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["confirm"] = "yes" });
        using var answer = await browser.Http.PostAsync(new Uri("/connect/endsession", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotEmpty(await server.Request().With("prompt", "none").CodeAsync(browser));
    }

    [Fact]
    public async Task A_forged_hint_never_redirects_and_never_signs_out()
    {
        using var browser = await server.SignedInAsync();
        var hint = (await server.CodeFlowAsync(browser)).IdToken!;
        var forged = hint[..^4] + (hint.EndsWith('A') ? "BBBB" : "AAAA");
        using var answer = await browser.GetAsync(Url(("id_token_hint", forged), ("post_logout_redirect_uri", Back)));
        Assert.Null(answer.Headers.Location);
        using var page = await Browser.ReadAsync(answer);
        Assert.NotNull(page.QuerySelector("main form button[name=confirm]"));
        Assert.NotEmpty(await server.Request().With("prompt", "none").CodeAsync(browser));
    }

    [Fact]
    public async Task A_hint_of_another_session_is_a_question()
    {
        using var other = await server.SignedInAsync();
        var hint = (await server.CodeFlowAsync(other)).IdToken!;
        using var browser = await server.SignedInAsync();
        using var answer = await browser.GetAsync(Url(("id_token_hint", hint), ("post_logout_redirect_uri", Back)));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.NotEmpty(await server.Request().With("prompt", "none").CodeAsync(browser));
    }

    [Theory]
    [InlineData("http://localhost:9/signout-callback-oidc/")]
    [InlineData("http://localhost:9/signout-callback-oidc?x=1")]
    [InlineData("http://localhost:19/signout-callback-oidc")]
    [InlineData("https://evil.example/")]
    public async Task An_address_that_is_not_registered_for_logout_is_not_gone_to(string back)
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        using var answer = await browser.GetAsync(Url(("id_token_hint", tokens.IdToken!), ("post_logout_redirect_uri", back)));
        Assert.Null(answer.Headers.Location);
    }

    [Fact]
    public async Task Signing_out_tells_each_client_that_took_part_even_one_that_was_down()
    {
        await using var portal = await LogoutReceiver.StartAsync();
        await using var own = new OidcServer(new()
        {
            ["Clients:portal-hr:BackchannelLogoutUri"] = portal.Address,
            ["Clients:portal-tax:BackchannelLogoutUri"] = portal.Address + "?tax",
        });
        await own.InitializeAsync();
        using var browser = await own.SignedInAsync();
        var hr = await own.CodeFlowAsync(browser);
        var tax = await own.CodeFlowAsync(browser, OidcServer.Tax);
        portal.Refuse = true;
        using var page = await browser.OpenAsync("/connect/endsession");
        using var done = await browser.SendAsync("/connect/endsession", page, new Dictionary<string, string> { ["confirm"] = "yes" });
        await portal.UntilAsync(_ => portal.Refused >= 2);
        portal.Refuse = false;
        await portal.UntilAsync(taken => taken.Count >= 2);
        foreach (var (tokens, clientId) in new[] { (hr, OidcServer.Hr), (tax, OidcServer.Tax) })
        {
            var (header, claims) = portal.Taken.Single(taken => taken.Claims.GetProperty("aud").GetString() == clientId);
            Assert.Equal("logout+jwt", header.GetProperty("typ").GetString());
            Assert.Equal(own.Issuer, claims.GetProperty("iss").GetString());
            Assert.Equal(tokens.IdClaims.GetProperty("sid").GetString(), claims.GetProperty("sid").GetString());
            Assert.Equal(tokens.IdClaims.GetProperty("sub").GetString(), claims.GetProperty("sub").GetString());
            Assert.True(claims.GetProperty("events").TryGetProperty("http://schemas.openid.net/event/backchannel-logout", out _));
            Assert.False(claims.TryGetProperty("nonce", out _));
        }
    }

    private static string Url(params (string Name, string Value)[] parameters) =>
        QueryHelpers.AddQueryString("/connect/endsession", parameters.Select(p => KeyValuePair.Create<string, string?>(p.Name, p.Value)));
}
