using System.Net;
using Identity.Server.Accounts;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Identity.Server.Tests.Accounts;

/// <summary>At each change of what a session may do its cookie changes, and no copy from before is good. The session itself goes on.</summary>
public sealed class SessionKeyTests(OidcServer oidc) : IClassFixture<OidcServer>
{
    private const string NewPassword = "青山横北郭白水绕东城";

    private readonly TheServer server = oidc.Server;

    [Fact]
    public async Task Signing_in_takes_no_cookie_that_was_there_before()
    {
        // Session fixation: the attacker leaves a cookie of theirs in the victim's browser.
        using var attacker = await oidc.SignedInAsync();
        var planted = attacker.CookieOf("login");
        using var victim = server.OpenBrowser();
        victim.Cookies.Add(server.Login, planted);
        using var signedIn = await victim.SubmitAsync("/sign-in?fresh=true", Form(await server.AddAccountAsync()));
        Assert.Equal(HttpStatusCode.Redirect, signedIn.StatusCode);
        Assert.NotEqual(SidOf(planted), SidOf(victim.CookieOf("login")));
        Assert.False(await attacker.IsSignedInAsync());
        Assert.True(await victim.IsSignedInAsync());
    }

    [Fact]
    public async Task Proving_who_one_is_again_changes_the_cookie_and_signs_no_application_out()
    {
        var name = await server.AddAccountAsync();
        using var browser = await oidc.SignedInAsync(name);
        var tokens = await oidc.CodeFlowAsync(browser);
        var before = browser.CookieOf("login");
        (await browser.SubmitAsync("/sign-in?fresh=true", Form(name))).Dispose();
        await ExpectAnotherKeyAsync(browser, before);

        using var stillGood = await oidc.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, stillGood.StatusCode);
        var again = await oidc.CodeFlowAsync(browser);
        Assert.Equal(tokens.IdClaims.GetProperty("sid").GetString(), again.IdClaims.GetProperty("sid").GetString());
    }

    [Fact]
    public async Task A_step_up_that_an_application_asks_for_changes_the_cookie()
    {
        var name = await server.AddAccountAsync();
        using var browser = await oidc.SignedInAsync(name);
        var before = browser.CookieOf("login");
        var request = oidc.Request().With("prompt", "login");
        using var asked = await browser.GetAsync(request.Url);
        using var signedIn = await browser.SubmitAsync(asked.Headers.Location!.PathAndQuery, Form(name));
        await ExpectAnotherKeyAsync(browser, before);
        using var back = await browser.GetAsync(signedIn.Headers.Location!.ToString());
        Assert.StartsWith(oidc.RedirectUriOf(OidcServer.Hr), back.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_password_changes_the_cookie()
    {
        using var browser = await oidc.SignedInAsync();
        var tokens = await oidc.CodeFlowAsync(browser);
        var before = browser.CookieOf("login");
        using var changed = await browser.SubmitAsync("/account/password", new Dictionary<string, string> { ["present"] = TheServer.Password, ["wanted"] = NewPassword });
        Assert.Equal("/account?done=Password", changed.Headers.Location?.OriginalString);
        await ExpectAnotherKeyAsync(browser, before);
        using var stillGood = await oidc.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, stillGood.StatusCode);
    }

    [Fact]
    public async Task Two_tabs_that_sign_in_at_once_both_arrive()
    {
        var name = await server.AddAccountAsync();
        using var browser = await oidc.SignedInAsync(name);
        using var one = await browser.OpenAsync("/sign-in?fresh=true");
        using var two = await browser.OpenAsync("/sign-in?fresh=true");
        var answers = await Task.WhenAll(browser.SendAsync("/sign-in?fresh=true", one, Form(name)), browser.SendAsync("/sign-in?fresh=true", two, Form(name)));
        foreach (var answer in answers)
        {
            using (answer)
            {
                Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
            }
        }

        // Whichever cookie came last, it is a good one.
        Assert.True(await browser.IsSignedInAsync());
    }

    private async Task ExpectAnotherKeyAsync(Browser browser, Cookie before)
    {
        Assert.True(await browser.IsSignedInAsync());
        Assert.NotEqual(KeyOf(before), KeyOf(browser.CookieOf("login")));
        using var thief = server.OpenBrowser();
        thief.Cookies.Add(server.Login, before);
        Assert.False(await thief.IsSignedInAsync());
    }

    private static Dictionary<string, string> Form(string userName) => new() { ["userName"] = userName, ["password"] = TheServer.Password };

    private string KeyOf(Cookie cookie) => ClaimOf(cookie, LoginSession.KeyClaim);

    private string SidOf(Cookie cookie) => ClaimOf(cookie, LoginSession.SidClaim);

    private string ClaimOf(Cookie cookie, string claim)
    {
        var options = server.App.Services.GetRequiredService<IOptionsMonitor<CookieAuthenticationOptions>>().Get(LoginSession.Scheme);
        return options.TicketDataFormat.Unprotect(cookie.Value)!.Principal.FindFirst(claim)!.Value;
    }
}
