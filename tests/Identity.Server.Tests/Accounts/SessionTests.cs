using System.Net;
using Identity.Server.Accounts;
using Identity.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using OtpNet;
using Xunit;

namespace Identity.Server.Tests.Accounts;

public sealed class SessionTests(TheServer server) : IClassFixture<TheServer>
{
    [Fact]
    public async Task A_copy_of_the_cookie_is_worth_nothing_after_sign_out()
    {
        using var browser = await SignedInAsync();
        var copy = browser.CookieOf("login");
        using var thief = server.OpenBrowser();
        thief.Cookies.Add(server.Login, copy);
        Assert.True(await thief.IsSignedInAsync());
        await browser.SignOutAsync();
        Assert.False(await browser.IsSignedInAsync());
        Assert.False(await thief.IsSignedInAsync());
    }

    [Fact]
    public async Task One_click_on_any_page_signs_out_and_a_second_one_from_another_tab_is_answered()
    {
        using var browser = await SignedInAsync();
        using var tab = await browser.OpenAsync("/account");
        using var other = await browser.OpenAsync("/account");
        using var done = await browser.SendAsync("/account", tab, new Dictionary<string, string>(), "header form[action='/sign-out']");
        Assert.Equal("/sign-out?done=True", done.Headers.Location?.OriginalString);
        Assert.False(await browser.IsSignedInAsync());
        using var again = await browser.SendAsync("/account", other, new Dictionary<string, string>(), "header form[action='/sign-out']");
        using var led = await browser.GetAsync(again.Headers.Location!.OriginalString);
        Assert.Equal("/sign-out?done=True", led.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task No_changed_byte_of_the_cookie_is_taken()
    {
        using var browser = await SignedInAsync();
        var cookie = browser.CookieOf("login");
        var value = cookie.Value;
        for (var i = 0; i < value.Length; i += 7)
        {
            using var forger = server.OpenBrowser();
            forger.Cookies.Add(server.Login, new Cookie(cookie.Name, value[..i] + (value[i] == 'A' ? 'B' : 'A') + value[(i + 1)..]));
            Assert.False(await forger.IsSignedInAsync(), $"byte {i} of {value.Length}");
        }
    }

    [Fact]
    public async Task A_person_sees_and_ends_the_other_sessions()
    {
        var name = await server.AddAccountAsync();
        using var here = server.OpenBrowser();
        using var there = server.OpenBrowser();
        (await here.SignInAsync(name)).Dispose();
        (await there.SignInAsync(name)).Dispose();
        (await here.SubmitAsync("/account", new Dictionary<string, string>(), "form[action*=EndSession]")).Dispose();
        Assert.True(await here.IsSignedInAsync());
        Assert.False(await there.IsSignedInAsync());
    }

    [Fact]
    public async Task Nobody_ends_somebody_elses_session()
    {
        using var victim = await SignedInAsync();
        using var other = server.OpenBrowser();
        var name = await server.AddAccountAsync();
        (await other.SignInAsync(name)).Dispose();
        using var second = server.OpenBrowser();
        (await second.SignInAsync(name)).Dispose();

        var sid = SidOf(victim);
        (await other.SubmitAsync("/account", new Dictionary<string, string> { ["sid"] = sid }, "form[action*=EndSession]")).Dispose();
        Assert.True(await victim.IsSignedInAsync());
    }

    [Fact]
    public async Task A_new_password_can_end_the_other_sessions()
    {
        var name = await server.AddAccountAsync();
        using var here = server.OpenBrowser();
        using var there = server.OpenBrowser();
        (await here.SignInAsync(name)).Dispose();
        (await there.SignInAsync(name)).Dispose();
        using var answer = await here.SubmitAsync(
            "/account/password", new Dictionary<string, string> { ["present"] = TheServer.Password, ["wanted"] = "青山横北郭白水绕东城", ["endOthers"] = "true" });
        Assert.Equal("/account?done=Password", answer.Headers.Location?.OriginalString);
        Assert.True(await here.IsSignedInAsync());
        Assert.False(await there.IsSignedInAsync());
        using var again = server.OpenBrowser();
        using var old = await again.SignInAsync(name);
        Assert.Equal(HttpStatusCode.BadRequest, old.StatusCode);
        using var fresh = await again.SignInAsync(name, "青山横北郭白水绕东城");
        Assert.Equal(HttpStatusCode.Redirect, fresh.StatusCode);
    }

    [Fact]
    public async Task A_session_does_not_end_without_what_follows_from_its_end()
    {
        await using var failing = new TheServer([], services => services.AddScoped<ISessionEnded, Failing>());
        await failing.InitializeAsync();
        using var browser = failing.OpenBrowser();
        (await browser.SignInAsync(await failing.AddAccountAsync())).Dispose();
        using var answer = await browser.SubmitAsync("/sign-out", new Dictionary<string, string>());
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);

        // Still there, so signing out again does all of it.
        Assert.True(await browser.IsSignedInAsync());
    }

    [Theory]
    [InlineData(false, 59, true)]
    [InlineData(false, 62, false)]
    [InlineData(true, 29, true)]
    [InlineData(true, 32, false)]
    public async Task A_session_that_nobody_uses_ends(bool isStaff, int minutes, bool lives)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-24T08:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var timed = new TheServer([], services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        await timed.InitializeAsync();
        var secret = new byte[20];
        var name = await timed.AddAccountAsync(role: isStaff ? AccountRole.Operator : AccountRole.Citizen, totpSecret: secret);
        using var browser = timed.OpenBrowser();
        (await browser.SignInAsync(name)).Dispose();
        if (isStaff)
        {
            (await browser.SubmitAsync("/sign-in/second-step", new Dictionary<string, string> { ["code"] = new Totp(secret).ComputeTotp(clock.GetUtcNow().UtcDateTime) })).Dispose();
        }

        Assert.True(await browser.IsSignedInAsync());
        clock.Advance(TimeSpan.FromMinutes(minutes));
        Assert.Equal(lives, await browser.IsSignedInAsync());
    }

    private sealed class Failing : ISessionEnded
    {
        public Task SessionEndedAsync(Guid accountId, string sid, string actor, CancellationToken cancellationToken) => throw new IOException("The power went.");

        public void Committed()
        {
        }
    }

    private async Task<Browser> SignedInAsync()
    {
        var browser = server.OpenBrowser();
        (await browser.SignInAsync(await server.AddAccountAsync())).Dispose();
        return browser;
    }

    private string SidOf(Browser browser)
    {
        var options = server.App.Services.GetRequiredService<Microsoft.Extensions.Options.IOptionsMonitor<Microsoft.AspNetCore.Authentication.Cookies.CookieAuthenticationOptions>>().Get(LoginSession.Scheme);
        var ticket = options.TicketDataFormat.Unprotect(browser.CookieOf("login").Value);
        return ticket!.Principal.FindFirst(LoginSession.SidClaim)!.Value;
    }
}
