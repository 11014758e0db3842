using System.Net;
using System.Security.Cryptography;
using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using OtpNet;
using Xunit;

namespace Identity.Server.Tests.Administration;

public sealed class ConsoleTests : IAsyncLifetime
{
    private readonly Dictionary<string, string?> settings = [];
    private readonly TheServer server;
    private readonly byte[] secret = RandomNumberGenerator.GetBytes(20);

    public ConsoleTests() => server = new TheServer(settings);

    public async ValueTask InitializeAsync()
    {
        settings["Clients:console:Name"] = "管理控制台";
        settings["Clients:console:Secret"] = "console-test-secret";
        settings["Clients:console:RedirectUris:0"] = Origins.TextOf(server.Console) + "/signin-oidc";
        settings["Clients:console:Scopes:0"] = "openid";
        settings["Clients:console:Staff"] = "true";
        settings["Administration:SearchesPerHour"] = "3";
        await server.InitializeAsync();
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task An_auditor_signs_in_through_our_own_server_and_reads_the_trail()
    {
        using var browser = server.OpenBrowser(follow: true);
        using var answer = await EnterAsync(browser, AccountRole.Auditor, "/trail");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(new Uri(server.Console, "/trail"), answer.RequestMessage?.RequestUri);
        using var page = await Browser.ReadAsync(answer);
        Assert.Contains(page.QuerySelectorAll("td").Select(cell => cell.TextContent), text => text == "staff.entered");
        Assert.Contains(page.QuerySelectorAll("td").Select(cell => cell.TextContent), text => text == "staff.trail-read");
    }

    [Fact]
    public async Task An_auditor_takes_the_log_away_and_that_is_recorded()
    {
        using var browser = server.OpenBrowser(follow: true);
        (await EnterAsync(browser, AccountRole.Auditor, "/trail")).Dispose();
        using var answer = await browser.GetAsync(new Uri(server.Console, "/trail/export").ToString());
        Assert.Equal("application/jsonl", answer.Content.Headers.ContentType?.MediaType);
        using var page = await Browser.ReadAsync(await browser.GetAsync(new Uri(server.Console, "/trail").ToString()));
        Assert.Contains(page.QuerySelectorAll("td").Select(cell => cell.TextContent), text => text == "staff.trail-exported");
    }

    [Fact]
    public async Task An_operator_does_not_take_the_log_away()
    {
        using var browser = server.OpenBrowser(follow: true);
        (await EnterAsync(browser, AccountRole.Operator, "/")).Dispose();
        using var answer = await browser.GetAsync(new Uri(server.Console, "/trail/export").ToString());
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task An_operator_does_not_read_the_trail_and_an_auditor_changes_no_codes()
    {
        using var operators = server.OpenBrowser(follow: true);
        using var refused = await EnterAsync(operators, AccountRole.Operator, "/trail");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        using var auditors = server.OpenBrowser(follow: true);
        using var refusedToo = await EnterAsync(auditors, AccountRole.Auditor, "/");
        Assert.Equal(HttpStatusCode.Forbidden, refusedToo.StatusCode);
    }

    [Fact]
    public async Task An_operator_who_searches_too_much_is_refused_and_the_trail_says_so()
    {
        using var browser = server.OpenBrowser(follow: true);
        using var entered = await EnterAsync(browser, AccountRole.Operator, "/");
        Assert.Equal(HttpStatusCode.OK, entered.StatusCode);
        var at = new Uri(server.Console, "/").ToString();
        var fields = new Dictionary<string, string> { ["number"] = "91349900MA2T000159" };
        using var page = await browser.OpenAsync(at);
        for (var i = 0; i < 3; i++)
        {
            using var found = await browser.SendAsync(at, page, new Dictionary<string, string>(fields) { ["kind"] = "Enterprise" });
            Assert.Equal(HttpStatusCode.OK, found.StatusCode);
        }

        using var over = await browser.SendAsync(at, page, new Dictionary<string, string>(fields) { ["kind"] = "Enterprise" });
        Assert.Equal(HttpStatusCode.BadRequest, over.StatusCode);
        Assert.True(await server.AskAsync<ServerDbContext, bool>(db => db.Set<AuditEntry>().AnyAsync(entry => entry.What == "staff.volume-refused", TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task The_security_officer_looks_before_withdrawing_in_bulk_and_an_operator_does_not_get_there()
    {
        using var operators = server.OpenBrowser(follow: true);
        using var refused = await EnterAsync(operators, AccountRole.Operator, "/bulk");
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);

        using var browser = server.OpenBrowser(follow: true);
        using var entered = await EnterAsync(browser, AccountRole.Security, "/bulk");
        Assert.Equal(HttpStatusCode.OK, entered.StatusCode);
        var at = new Uri(server.Console, "/bulk").ToString();
        using var unbounded = await browser.SubmitAsync(at, new Dictionary<string, string> { ["Kind"] = "Person" });
        Assert.Equal(HttpStatusCode.BadRequest, unbounded.StatusCode);
        using var counted = await browser.SubmitAsync(at, new Dictionary<string, string> { ["From"] = "2026-01-01T00:00" });
        Assert.Equal(HttpStatusCode.OK, counted.StatusCode);
        using var page = await Browser.ReadAsync(counted);
        Assert.Equal("将注销 0 个码", page.QuerySelector("#count")?.TextContent);
    }

    [Theory]
    [InlineData("Person", "34990019900307001")]
    [InlineData("Person", "349900199003070012")]
    [InlineData("Enterprise", "张")]
    public async Task A_search_that_is_not_a_whole_number_finds_nothing(string kind, string number)
    {
        using var browser = server.OpenBrowser(follow: true);
        (await EnterAsync(browser, AccountRole.Operator, "/")).Dispose();
        var at = new Uri(server.Console, "/").ToString();
        using var page = await browser.OpenAsync(at);
        using var answer = await browser.SendAsync(at, page, new Dictionary<string, string> { ["kind"] = kind, ["number"] = number });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task A_citizen_does_not_get_in()
    {
        using var browser = server.OpenBrowser(follow: true);
        using var answer = await EnterAsync(browser, AccountRole.Citizen, "/start");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(new Uri(server.Console, "/not-allowed"), answer.RequestMessage?.RequestUri);
    }

    [Fact]
    public async Task Signing_out_at_the_login_origin_ends_the_console_at_once()
    {
        using var browser = server.OpenBrowser(follow: true);
        (await EnterAsync(browser, AccountRole.Auditor, "/trail")).Dispose();
        await browser.SignOutAsync();
        using var answer = await browser.GetAsync(new Uri(server.Console, "/trail").ToString());
        Assert.StartsWith(new Uri(server.Login, "/sign-in").ToString(), answer.RequestMessage?.RequestUri?.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_login_origins_cookie_opens_nothing_on_the_console()
    {
        var name = await server.AddAccountAsync(role: AccountRole.Auditor, totpSecret: secret);
        using var browser = server.OpenBrowser();
        (await browser.SignInAsync(name)).Dispose();
        (await browser.SubmitAsync("/sign-in/second-step", new Dictionary<string, string> { ["code"] = new Totp(secret).ComputeTotp() })).Dispose();
        Assert.True(await browser.IsSignedInAsync());
        using var answer = await browser.GetAsync(new Uri(server.Console, "/trail").ToString());
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    [Fact]
    public async Task The_security_officer_finds_an_account_ends_its_session_and_disables_it()
    {
        var name = await server.AddAccountAsync();
        using var citizen = server.OpenBrowser();
        (await citizen.SignInAsync(name)).Dispose();
        using var officer = server.OpenBrowser(follow: true);
        using var entered = await EnterAsync(officer, AccountRole.Security, "/accounts");
        Assert.Equal(HttpStatusCode.OK, entered.StatusCode);
        var at = new Uri(server.Console, "/accounts").ToString();
        using var page = await officer.OpenAsync(at);
        using var found = await officer.SendAsync(at, page, new Dictionary<string, string> { ["userName"] = name });
        using var account = await Browser.ReadAsync(found);
        using var ended = await officer.SendAsync(at, account, new Dictionary<string, string>(), "form[action*=EndSession]");
        Assert.Equal(HttpStatusCode.OK, ended.StatusCode);
        Assert.False(await citizen.IsSignedInAsync());

        using var after = await Browser.ReadAsync(ended);
        using var withoutReason = await officer.SendAsync(at, after, new Dictionary<string, string>(), "form[action*=Disable]");
        Assert.Equal(HttpStatusCode.BadRequest, withoutReason.StatusCode);
        using var disabled = await officer.SendAsync(at, after, new Dictionary<string, string> { ["reason"] = "misuse" }, "form[action*=Disable]");
        using var shown = await Browser.ReadAsync(disabled);
        Assert.NotNull(shown.QuerySelector("form[action*=Enable]"));
        using var refused = await citizen.SignInAsync(name);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Theory]
    [InlineData("Operator")]
    [InlineData("Auditor")]
    public async Task Only_the_security_officer_sees_accounts_and_sign_out_notices(string role)
    {
        using var browser = server.OpenBrowser(follow: true);
        using var accounts = await EnterAsync(browser, Enum.Parse<AccountRole>(role), "/accounts");
        Assert.Equal(HttpStatusCode.Forbidden, accounts.StatusCode);
        using var logouts = await browser.GetAsync(new Uri(server.Console, "/logouts").ToString());
        Assert.Equal(HttpStatusCode.Forbidden, logouts.StatusCode);
    }

    private async Task<HttpResponseMessage> EnterAsync(Browser browser, AccountRole role, string path)
    {
        var name = await server.AddAccountAsync(role: role, totpSecret: role == AccountRole.Citizen ? null : secret);
        using var signIn = await browser.GetAsync(new Uri(server.Console, path).ToString());
        var at = signIn.RequestMessage!.RequestUri!.ToString();
        using var page = await Browser.ReadAsync(signIn);
        var answer = await browser.SendAsync(at, page, new Dictionary<string, string> { ["userName"] = name, ["password"] = TheServer.Password });
        if (role == AccountRole.Citizen)
        {
            return answer;
        }

        using var secondStep = answer;
        using var codePage = await Browser.ReadAsync(secondStep);
        return await browser.SendAsync(secondStep.RequestMessage!.RequestUri!.ToString(), codePage, new Dictionary<string, string> { ["code"] = new Totp(secret).ComputeTotp() });
    }
}
