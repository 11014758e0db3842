using System.Net;
using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Credentials;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Accounts;

/// <summary>A disabled account is out everywhere at once, not at its next renewal.</summary>
public sealed class DisableAccountTests
{
    [Fact]
    public async Task Disabling_an_account_ends_its_sessions_and_grants_at_once_and_the_applications_hear_of_it()
    {
        await using var portal = await LogoutReceiver.StartAsync();
        await using var server = new OidcServer(new() { ["Clients:portal-hr:BackchannelLogoutUri"] = portal.Address });
        await server.InitializeAsync();
        var name = await server.Server.AddAccountAsync();
        using var browser = await server.SignedInAsync(name);
        var portalTokens = await server.CodeFlowAsync(browser);
        var walletTokens = await server.CodeFlowAsync(browser, OidcServer.Wallet, "openid credentials offline_access");
        var accountId = await AccountIdAsync(server.Server, name);
        Assert.True(await DisableAsync(server.Server, accountId));

        Assert.False(await browser.IsSignedInAsync());
        foreach (var token in new[] { portalTokens.AccessToken, walletTokens.AccessToken })
        {
            using var userInfo = await server.UserInfoAsync(token);
            Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
        }

        Assert.False((await server.IntrospectAsync(OidcServer.Hr, portalTokens.AccessToken)).GetProperty("active").GetBoolean());
        using var renewal = await server.RefreshAsync(OidcServer.Wallet, walletTokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(renewal));
        using var again = server.Server.OpenBrowser();
        using var refused = await again.SignInAsync(name);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        await portal.UntilAsync(taken => !taken.IsEmpty);
        Assert.Equal(portalTokens.IdClaims.GetProperty("sid").GetString(), portal.Taken.First().Claims.GetProperty("sid").GetString());

        Assert.False(await DisableAsync(server.Server, accountId));
        var entry = await server.Server.AskAsync<ServerDbContext, AuditEntry>(db => db.Set<AuditEntry>().SingleAsync(e => e.What == "account.disabled"));
        Assert.Equal("account:staff", entry.Actor);

        Assert.True(await server.Server.AskAsync<EnableAccount, bool>(enable => enable.HandleAsync(accountId, "holder_request", "account:staff", CancellationToken.None)));
        using var back = await again.SignInAsync(name);
        Assert.Equal(HttpStatusCode.Redirect, back.StatusCode);
    }

    [Fact]
    public async Task The_codes_on_its_phones_fail()
    {
        await using var province = new CodesProvince();
        await province.InitializeAsync();
        var someone = await province.AddSomeoneAsync();
        using var wallet = await province.OpenWalletAsync(someone);
        var (_, answer, keys) = await wallet.EnrolAsync();
        Assert.True(await DisableAsync(province.Server, await AccountIdAsync(province.Server, someone.UserName)));
        await Eventually.TrueAsync(async () =>
        {
            var shown = await Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0]);
            return (await province.VerifyAsync(shown)).TryGetProperty("reason", out var reason) && reason.GetString() == "Revoked";
        });
    }

    private static Task<Guid> AccountIdAsync(TheServer server, string name) =>
        server.AskAsync<ServerDbContext, Guid>(db => db.Set<Account>().Where(account => account.UserName == name).Select(account => account.Id).SingleAsync());

    private static Task<bool> DisableAsync(TheServer server, Guid accountId) =>
        server.AskAsync<DisableAccount, bool>(disable => disable.HandleAsync(accountId, "misuse", "account:staff", CancellationToken.None));
}
