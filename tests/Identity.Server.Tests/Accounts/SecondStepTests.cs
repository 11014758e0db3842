using System.Net;
using System.Security.Cryptography;
using Identity.Server.Accounts;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using OtpNet;
using Xunit;

namespace Identity.Server.Tests.Accounts;

public sealed class SecondStepTests(TheServer server) : IClassFixture<TheServer>
{
    private readonly byte[] secret = RandomNumberGenerator.GetBytes(20);

    [Fact]
    public async Task Staff_need_a_one_time_code_after_the_password()
    {
        using var browser = await AfterPasswordAsync();
        Assert.False(await browser.IsSignedInAsync());
        using var answer = await SendAsync(browser, CodeNow());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.True(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task The_second_step_alone_leads_nowhere()
    {
        using var browser = server.OpenBrowser();
        using var answer = await browser.GetAsync("/sign-in/second-step");
        Assert.StartsWith("/sign-in", answer.Headers.Location?.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_code_sent_fifty_times_at_once_works_once()
    {
        var name = await server.AddAccountAsync(role: AccountRole.Operator, totpSecret: secret);
        var id = await server.AskAsync<ServerDbContext, Account>(db => db.Set<Account>().AsNoTracking().SingleAsync(a => a.UserName == name));

        // Straight at the use case, so that the counter of wrong codes is not what stops it.
        var code = CodeNow();
        var judged = await Task.WhenAll(Enumerable.Range(0, Attempts.Free).Select(_ =>
            server.AskAsync<SecondStep, TimeSpan?>(step => step.JudgeAsync(id, code, TestContext.Current.CancellationToken))));
        Assert.Single(judged, wait => wait is null);

        var browsers = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AfterPasswordAsync(name)));
        foreach (var browser in browsers)
        {
            using var answer = await SendAsync(browser, code);
            Assert.NotEqual(HttpStatusCode.Redirect, answer.StatusCode);
            browser.Dispose();
        }
    }

    [Fact]
    public async Task Codes_cannot_be_guessed_through()
    {
        using var browser = await AfterPasswordAsync();
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 8; i++)
        {
            using var answer = await SendAsync(browser, $"00000{i}");
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal(Attempts.Free, statuses.Count(status => status == HttpStatusCode.BadRequest));
        using var right = await SendAsync(browser, CodeNow());
        Assert.Equal(HttpStatusCode.TooManyRequests, right.StatusCode);
    }

    [Fact]
    public async Task A_recovery_code_stands_in_once()
    {
        var name = await server.AddAccountAsync(role: AccountRole.Auditor, totpSecret: secret);
        var id = await server.AskAsync<ServerDbContext, Guid>(db => db.Set<Account>().Where(a => a.UserName == name).Select(a => a.Id).SingleAsync());
        var codes = await server.AskAsync<RecoveryCodes, IReadOnlyList<string>>(recovery => recovery.RenewAsync(id, TestContext.Current.CancellationToken));
        using var first = await AfterPasswordAsync(name);
        using var taken = await SendAsync(first, codes[0].ToLowerInvariant());
        Assert.Equal(HttpStatusCode.Redirect, taken.StatusCode);
        using var second = await AfterPasswordAsync(name);
        using var refused = await SendAsync(second, codes[0]);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task A_session_left_open_makes_no_recovery_codes()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.Parse("2026-11-24T08:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
        await using var timed = new TheServer([], services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        await timed.InitializeAsync();
        using var browser = timed.OpenBrowser();
        (await browser.SignInAsync(await timed.AddAccountAsync(role: AccountRole.Operator, totpSecret: secret))).Dispose();
        (await SendAsync(browser, new Totp(secret).ComputeTotp(clock.GetUtcNow().UtcDateTime))).Dispose();
        clock.Advance(TimeSpan.FromMinutes(11));
        using var refused = await browser.SubmitAsync("/account/recovery-codes", new Dictionary<string, string>());
        Assert.Equal("/sign-in?fresh=true&returnUrl=%2Faccount%2Frecovery-codes", refused.Headers.Location?.OriginalString);
        Assert.Equal(0, await timed.AskAsync<ServerDbContext, int>(db => db.Set<RecoveryCode>().CountAsync()));
    }

    private string CodeNow() => new Totp(secret).ComputeTotp();

    private async Task<Browser> AfterPasswordAsync(string? name = null)
    {
        name ??= await server.AddAccountAsync(role: AccountRole.Operator, totpSecret: secret);
        var browser = server.OpenBrowser();
        using var answer = await browser.SignInAsync(name);
        Assert.Equal("/sign-in/second-step?returnUrl=%2Faccount", answer.Headers.Location?.OriginalString);
        return browser;
    }

    private static Task<HttpResponseMessage> SendAsync(Browser browser, string code) =>
        browser.SubmitAsync("/sign-in/second-step?returnUrl=%2Faccount", new Dictionary<string, string> { ["code"] = code });
}
