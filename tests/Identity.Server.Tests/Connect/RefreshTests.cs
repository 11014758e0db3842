using System.Net;
using Identity.Server.Accounts;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 6749 6, RFC 9700 4.14: refresh tokens rotate, and a copy ends the family.</summary>
public sealed class RefreshTests(OidcServer server) : IClassFixture<OidcServer>
{
    private const string WalletScope = "openid profile credentials offline_access";

    [Fact]
    public async Task A_wallets_token_rotates()
    {
        using var browser = await server.SignedInAsync();
        var first = await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        using var answer = await server.RefreshAsync(OidcServer.Wallet, first.RefreshToken!);
        var second = await Tokens.ReadAsync(answer);
        Assert.NotEqual(first.RefreshToken, second.RefreshToken);
        Assert.Equal(first.IdClaims.GetProperty("sub").GetString(), second.IdClaims.GetProperty("sub").GetString());
        Assert.Equal(first.IdClaims.GetProperty("auth_time").GetInt64(), second.IdClaims.GetProperty("auth_time").GetInt64());
    }

    [Fact]
    public async Task A_parallel_tab_may_use_the_same_token_within_the_leeway()
    {
        using var browser = await server.SignedInAsync();
        var first = await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        using var one = await server.RefreshAsync(OidcServer.Wallet, first.RefreshToken!);
        using var two = await server.RefreshAsync(OidcServer.Wallet, first.RefreshToken!);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (one.StatusCode, two.StatusCode));
    }

    [Fact]
    public async Task A_token_replayed_after_the_leeway_ends_the_family_and_its_access_tokens()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var own = new OidcServer(new() { ["Connect:AccessTokenLifetime"] = "01:00:00" }, services => services.AddSingleton<TimeProvider>(clock));
        await own.InitializeAsync();
        using var browser = await own.SignedInAsync();
        var first = await own.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        using var answer = await own.RefreshAsync(OidcServer.Wallet, first.RefreshToken!);
        var second = await Tokens.ReadAsync(answer);
        clock.Advance(TimeSpan.FromSeconds(31));
        using var replay = await own.RefreshAsync(OidcServer.Wallet, first.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(replay));
        using var heir = await own.RefreshAsync(OidcServer.Wallet, second.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(heir));
        using var userInfo = await own.UserInfoAsync(second.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
    }

    [Fact]
    public async Task Renewing_does_not_move_the_end()
    {
        // Minutes for months: a faked clock that jumps far rings every periodic timer of the server on the way.
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var own = new OidcServer(new() { ["Clients:wallet:RefreshLifetime"] = "00:05:00" }, services => services.AddSingleton<TimeProvider>(clock));
        await own.InitializeAsync();
        using var browser = await own.SignedInAsync();
        var tokens = await own.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        for (var i = 0; i < 2; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(2));
            using var renewed = await own.RefreshAsync(OidcServer.Wallet, tokens.RefreshToken!);
            tokens = await Tokens.ReadAsync(renewed);
        }

        clock.Advance(TimeSpan.FromSeconds(61));
        using var late = await own.RefreshAsync(OidcServer.Wallet, tokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(late));
    }

    [Fact]
    public async Task Another_client_cannot_use_it()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        using var answer = await server.RefreshAsync(OidcServer.Native, tokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task Ending_the_grant_ends_access_at_once_GHSA_cxgj_hwwh_855g()
    {
        var name = await server.Server.AddAccountAsync();
        using var browser = await server.SignedInAsync(name);
        var tokens = await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        var accountId = await AccountIdAsync(name);
        var grants = await server.Server.AskAsync<IGrantDirectory, IReadOnlyList<Grant>>(directory => directory.ListAsync(accountId, CancellationToken.None));
        var device = Assert.Single(grants, grant => grant.IsWallet);
        using var before = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        Assert.True(await server.Server.AskAsync<EndGrant, bool>(end => end.HandleAsync(accountId, device.Id, CancellationToken.None)));
        using var after = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        using var renewal = await server.RefreshAsync(OidcServer.Wallet, tokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(renewal));
    }

    [Fact]
    public async Task Nobody_ends_somebody_elses_grant()
    {
        var name = await server.Server.AddAccountAsync();
        using var browser = await server.SignedInAsync(name);
        await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        var owner = await AccountIdAsync(name);
        var stranger = await AccountIdAsync(await server.Server.AddAccountAsync());
        var device = (await server.Server.AskAsync<IGrantDirectory, IReadOnlyList<Grant>>(directory => directory.ListAsync(owner, CancellationToken.None)))[0];
        Assert.False(await server.Server.AskAsync<EndGrant, bool>(end => end.HandleAsync(stranger, device.Id, CancellationToken.None)));
    }

    [Fact]
    public async Task Each_sign_in_of_the_wallet_is_a_device_of_its_own_and_a_portals_session_is_one_grant()
    {
        var name = await server.Server.AddAccountAsync();
        using var browser = await server.SignedInAsync(name);
        await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        await server.CodeFlowAsync(browser);
        await server.CodeFlowAsync(browser);
        var accountId = await AccountIdAsync(name);
        var grants = await server.Server.AskAsync<IGrantDirectory, IReadOnlyList<Grant>>(directory => directory.ListAsync(accountId, CancellationToken.None));
        Assert.Equal(2, grants.Count(grant => grant.IsWallet));
        Assert.Equal(1, grants.Count(grant => grant.ClientId == OidcServer.Hr));
    }

    [Fact]
    public async Task Revoking_the_refresh_token_signs_the_device_out_RFC7009_2_1()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        using var answer = await server.PostAsync("/connect/revoke", OidcServer.Wallet, new Dictionary<string, string> { ["token"] = tokens.RefreshToken! });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var userInfo = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
    }

    [Fact]
    public async Task A_client_cannot_revoke_anothers_token_RFC7009_2_1()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        var wallet = await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        using var access = await server.PostAsync("/connect/revoke", OidcServer.Tax, new Dictionary<string, string> { ["token"] = tokens.AccessToken });
        using var refresh = await server.PostAsync("/connect/revoke", OidcServer.Native, new Dictionary<string, string> { ["token"] = wallet.RefreshToken! });
        using var userInfo = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, userInfo.StatusCode);
        using var renewal = await server.RefreshAsync(OidcServer.Wallet, wallet.RefreshToken!);
        Assert.Equal(HttpStatusCode.OK, renewal.StatusCode);
    }

    [Fact]
    public async Task A_client_learns_nothing_of_anothers_token_RFC7662_4()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        var seen = await server.IntrospectAsync(OidcServer.Tax, tokens.AccessToken);
        Assert.False(seen.TryGetProperty("sub", out _));
        Assert.False(seen.TryGetProperty("active", out var active) && active.GetBoolean());
    }

    [Fact]
    public async Task Client_credentials_work_with_header_and_form_RFC6749_4_4()
    {
        var tokens = await server.ClientCredentialsAsync("gate-test", "verify");
        Assert.Equal("gate-test", Tokens.ClaimsOf(tokens.AccessToken).GetProperty("client_id").GetString());
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "machine-test",
            ["client_secret"] = "machine-test-secret",
        });
        using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_wrong_secret_is_invalid_client()
    {
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = "machine-test",
            ["client_secret"] = "machine-test-secreT",
        });
        using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task A_machines_token_opens_no_userinfo()
    {
        var tokens = await server.ClientCredentialsAsync("machine-test");
        using var answer = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    private async Task<Guid> AccountIdAsync(string userName)
    {
        await using var scope = server.Server.App.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<Account>().Where(account => account.UserName == userName).Select(account => account.Id).SingleAsync();
    }
}
