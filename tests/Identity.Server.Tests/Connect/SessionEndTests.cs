using System.Net;
using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Connect.Logout;
using Identity.Server.Storage;
using Identity.Server.Tests.Credentials;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>What follows when a session ends, however it ends (Back-Channel Logout 1.0, 2).</summary>
public sealed class SessionEndTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Morning = DateTimeOffset.Parse("2026-11-24T08:00:00Z", System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_session_that_nobody_uses_ends_and_the_applications_hear_of_it()
    {
        var clock = new FakeTimeProvider(Morning);
        await using var portal = await LogoutReceiver.StartAsync();
        await using var server = await StartAsync(portal, clock);
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        clock.Advance(TimeSpan.FromMinutes(55));
        Assert.Empty(portal.Taken);
        clock.Advance(TimeSpan.FromMinutes(7));
        await UntilToldAsync(portal, clock);
        var (_, claims) = Assert.Single(portal.Taken);
        Assert.Equal(tokens.IdClaims.GetProperty("sid").GetString(), claims.GetProperty("sid").GetString());
        Assert.Equal(tokens.IdClaims.GetProperty("sub").GetString(), claims.GetProperty("sub").GetString());
        using var userInfo = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
    }

    [Fact]
    public async Task A_session_that_is_used_all_the_time_ends_at_its_longest_and_the_applications_hear_of_it()
    {
        var clock = new FakeTimeProvider(Morning);
        await using var portal = await LogoutReceiver.StartAsync();
        await using var server = await StartAsync(portal, clock, new() { ["Accounts:CitizenLongest"] = "00:05:00" });
        using var browser = await server.SignedInAsync();
        await server.CodeFlowAsync(browser);
        for (var minute = 0; minute < 4; minute++)
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            Assert.True(await browser.IsSignedInAsync());
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        await UntilToldAsync(portal, clock);
        Assert.False(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task A_session_that_was_seen_since_the_sweep_last_looked_lives_on()
    {
        var clock = new FakeTimeProvider(Morning);
        await using var portal = await LogoutReceiver.StartAsync();
        await using var server = await StartAsync(portal, clock);
        using var browser = await server.SignedInAsync();
        await server.CodeFlowAsync(browser);
        clock.Advance(TimeSpan.FromMinutes(40));
        Assert.True(await browser.IsSignedInAsync());
        clock.Advance(TimeSpan.FromMinutes(40));
        await server.Server.AskAsync<EndExpiredSessions, bool>(end => end.HandleAsync(CancellationToken.None));
        Assert.True(await browser.IsSignedInAsync());
        Assert.Empty(portal.Taken);
    }

    [Fact]
    public async Task Two_nodes_that_sweep_at_once_tell_each_application_once()
    {
        var clock = new FakeTimeProvider(Morning);
        var database = await postgres.NewDatabaseAsync();
        await using var portal = await LogoutReceiver.StartAsync();
        await using var one = await StartAsync(portal, clock, Node(database, null));
        await using var two = await StartAsync(portal, clock, Node(database, Path.Combine(one.Server.Directory, "keys")));
        for (var i = 0; i < 5; i++)
        {
            using var browser = await one.SignedInAsync();
            await one.CodeFlowAsync(browser);
        }

        // The sweeps of both wake up by themselves, and two more run beside them.
        clock.Advance(TimeSpan.FromMinutes(62));
        await Task.WhenAll(new[] { one, two }.Select(node => node.Server.AskAsync<EndExpiredSessions, bool>(end => end.HandleAsync(CancellationToken.None))));
        await Eventually.TrueAsync(() => one.Server.AskAsync<ServerDbContext, bool>(db => db.Set<Session>().AllAsync(session => session.EndedAt != null)));
        Assert.Equal(5, await one.Server.AskAsync<ServerDbContext, int>(db => db.Set<LogoutDelivery>().CountAsync()));
    }

    [Fact]
    public async Task A_sweep_ends_what_has_run_out_and_looks_later_at_the_rest_in_one_go()
    {
        var clock = new FakeTimeProvider(Morning);
        await using var portal = await LogoutReceiver.StartAsync();
        await using var server = await StartAsync(portal, clock);
        for (var i = 0; i < 3; i++)
        {
            using var browser = await server.SignedInAsync();
            await server.CodeFlowAsync(browser);
        }

        using var busy = await server.SignedInAsync();
        clock.AdjustTime(clock.GetUtcNow() + TimeSpan.FromMinutes(40));
        Assert.True(await busy.IsSignedInAsync());
        clock.AdjustTime(clock.GetUtcNow() + TimeSpan.FromMinutes(40));
        await server.Server.AskAsync<EndExpiredSessions, bool>(end => end.HandleAsync(CancellationToken.None));
        Assert.True(await busy.IsSignedInAsync());
        var now = clock.GetUtcNow();
        Assert.Equal(3, await server.Server.AskAsync<ServerDbContext, int>(db => db.Set<Session>().CountAsync(session => session.EndedAt != null)));
        Assert.Equal(3, await server.Server.AskAsync<ServerDbContext, int>(db => db.Set<LogoutDelivery>().CountAsync()));
        Assert.Equal(0, await server.Server.AskAsync<ServerDbContext, int>(db => db.Set<Session>().CountAsync(session => session.EndedAt == null && session.CheckAt <= now)));
    }

    [Fact]
    public async Task Ending_one_application_tells_it_alone_and_the_session_goes_on()
    {
        await using var portal = await LogoutReceiver.StartAsync();
        await using var server = await StartAsync(portal);
        var name = await server.Server.AddAccountAsync();
        using var browser = await server.SignedInAsync(name);
        var hr = await server.CodeFlowAsync(browser);
        var withoutName = await server.CodeFlowAsync(browser, scope: "openid");
        var tax = await server.CodeFlowAsync(browser, OidcServer.Tax);
        var accountId = await server.Server.AskAsync<ServerDbContext, Guid>(db => db.Set<Account>().Where(account => account.UserName == name).Select(account => account.Id).SingleAsync());
        var grants = await server.Server.AskAsync<IGrantDirectory, IReadOnlyList<Grant>>(directory => directory.ListAsync(accountId, CancellationToken.None));
        Assert.All(grants, grant => Assert.False(grant.OutlivesSession));
        Assert.True(await server.Server.AskAsync<EndGrant, bool>(end => end.HandleAsync(accountId, grants.First(grant => grant.ClientId == OidcServer.Hr).Id, CancellationToken.None)));

        await portal.UntilAsync(taken => !taken.IsEmpty);
        var (_, claims) = Assert.Single(portal.Taken);
        Assert.Equal(OidcServer.Hr, claims.GetProperty("aud").GetString());
        foreach (var ended in new[] { hr, withoutName })
        {
            using var refused = await server.UserInfoAsync(ended.AccessToken);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        using var stillGood = await server.UserInfoAsync(tax.AccessToken);
        Assert.Equal(HttpStatusCode.OK, stillGood.StatusCode);
        Assert.True(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task No_grant_is_given_in_a_session_that_ends_at_that_moment()
    {
        await using var portal = await LogoutReceiver.StartAsync();
        await using var server = await StartAsync(portal);
        using var browser = await server.SignedInAsync();
        var requests = Enumerable.Range(0, 4).Select(_ => server.Request()).ToArray();
        var codes = await Task.WhenAll(requests.Select(request => browser.GetAsync(request.Url)).Append(browser.SubmitAsync("/sign-out", new Dictionary<string, string>())));
        foreach (var answer in codes)
        {
            answer.Dispose();
        }

        Assert.Equal(0, await server.Server.AskAsync<ServerDbContext, int>(db =>
            db.Set<Identity.Server.Connect.Store.OidcGrant>().CountAsync(grant => grant.Status == "valid")));
    }

    [Fact]
    public async Task Staff_see_which_application_does_not_hear_and_why()
    {
        await using var portal = await LogoutReceiver.StartAsync();
        await using var server = await StartAsync(portal);
        portal.Refuse = true;
        using var browser = await server.SignedInAsync();
        await server.CodeFlowAsync(browser);
        await browser.SignOutAsync();
        await portal.UntilAsync(_ => portal.Refused > 0);
        await Eventually.TrueAsync(async () => (await SummaryAsync(server)) is { Waiting: 1, Delivered: 0, LastFault: "503" });
        var notice = Assert.Single(await server.Server.AskAsync<ILogoutDeliveries, IReadOnlyList<LogoutNotice>>(deliveries => deliveries.ListAsync(OidcServer.Hr, 10, CancellationToken.None)));
        Assert.True(notice.Tries > 0);
        portal.Refuse = false;
        await portal.UntilAsync(taken => !taken.IsEmpty);
        await Eventually.TrueAsync(async () => (await SummaryAsync(server)) is { Waiting: 0, Delivered: 1 });
    }

    private static async Task<LogoutSummary> SummaryAsync(OidcServer server) =>
        (await server.Server.AskAsync<ILogoutDeliveries, IReadOnlyList<LogoutSummary>>(deliveries => deliveries.SummariesAsync(CancellationToken.None)))
            .Single(summary => summary.ClientId == OidcServer.Hr);

    private static Dictionary<string, string?> Node(string database, string? keys)
    {
        var settings = new Dictionary<string, string?> { ["Storage:Provider"] = "Postgres", ["ConnectionStrings:Database"] = database };
        if (keys is not null)
        {
            settings["Trust:KeyFolder"] = keys;
        }

        return settings;
    }

    private static async Task<OidcServer> StartAsync(LogoutReceiver portal, TimeProvider? clock = null, Dictionary<string, string?>? settings = null)
    {
        var server = new OidcServer(
            new Dictionary<string, string?>(settings ?? [])
            {
                ["Clients:portal-hr:BackchannelLogoutUri"] = portal.Address,
                ["Clients:portal-tax:BackchannelLogoutUri"] = portal.Address + "?tax",
            },
            services => services.Replace(ServiceDescriptor.Singleton(clock ?? TimeProvider.System)));
        await server.InitializeAsync();
        return server;
    }

    /// <summary>A timer that was set while the clock jumped rings at the next minute.</summary>
    private static async Task UntilToldAsync(LogoutReceiver portal, FakeTimeProvider clock)
    {
        for (var i = 0; i < 100 && portal.Taken.IsEmpty; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(30));
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }

        Assert.Single(portal.Taken);
    }
}
