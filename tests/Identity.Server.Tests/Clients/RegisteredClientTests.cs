using System.Diagnostics;
using System.Net;
using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Tests.Connect;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Clients;

/// <summary>Clients in the database, beside the configured ones: usable at once, on every node, with a secret that nobody can read back.</summary>
public sealed class RegisteredClientTests(OidcServer server, CarefulServer careful) : IClassFixture<OidcServer>, IClassFixture<CarefulServer>
{
    [Fact]
    public async Task A_registered_client_signs_people_in_without_a_restart()
    {
        var (client, secret) = await AClient.RegisterAsync(server.Server);
        using var browser = await server.SignedInAsync();
        var request = AClient.RequestOf(server, client);
        using var answer = await AClient.RedeemAsync(server, request, await request.CodeAsync(browser), secret);
        var tokens = await Tokens.ReadAsync(answer);
        Assert.Equal(client.Id, tokens.IdClaims.GetProperty("aud").GetString());
        using var userInfo = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, userInfo.StatusCode);
    }

    [Fact]
    public async Task A_wrong_secret_is_refused_and_so_is_none()
    {
        var (client, secret) = await AClient.RegisterAsync(server.Server);
        using var browser = await server.SignedInAsync();
        var request = AClient.RequestOf(server, client);
        foreach (var wrong in new[] { secret + "x", null })
        {
            using var refused = await AClient.RedeemAsync(server, request, await request.CodeAsync(browser), wrong);
            Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(refused));
        }
    }

    [Fact]
    public async Task Its_secret_is_nowhere_in_the_database()
    {
        var (client, secret) = await AClient.RegisterAsync(server.Server);
        var stored = await server.Server.AskAsync<ServerDbContext, string?[]>(async db =>
        [
            (await db.Set<RegisteredClient>().SingleAsync(row => row.Id == client.Id)).SettingsJson,
            (await db.Set<OidcClient>().SingleAsync(row => row.ClientId == client.Id)).ClientSecret,
        ]);
        Assert.All(stored, text => Assert.NotEmpty(text!));
        Assert.All(stored, text => Assert.DoesNotContain(secret!, text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_without_a_secret_is_public_and_its_origin_may_read_the_token_endpoint()
    {
        var wanted = AClient.Valid();
        wanted.RedirectUris[0] = "https://spa.example.org/";
        var (client, secret) = await AClient.RegisterAsync(server.Server, wanted, withSecret: false);
        Assert.Null(secret);
        Assert.True(client.IsPublic);
        Assert.Equal("https://spa.example.org", await AllowedAsync("https://spa.example.org"));

        await AClient.RegisterAsync(server.Server);
        Assert.Null(await AllowedAsync("https://app.example.org"));
    }

    [Fact]
    public async Task Another_node_serves_it_at_once_and_learns_of_a_change_by_itself()
    {
        await using var other = new OidcServer(new()
        {
            ["ConnectionStrings:Database"] = server.Server.Settings()["ConnectionStrings:Database"],
            ["Trust:KeyFolder"] = server.Server.Settings()["Trust:KeyFolder"],
        });
        await other.InitializeAsync();
        var wanted = AClient.Valid("openid", "verify");
        wanted.ClientCredentials = true;
        var (client, secret) = await AClient.RegisterAsync(server.Server, wanted);
        using (var answer = await AClient.TokenAsync(other.Http, client.Id, secret, new() { ["grant_type"] = "client_credentials" }))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var there = other.Server.App.Services.GetRequiredService<ClientDirectory>();
        Assert.Equal("测试应用", there.Find(client.Id)!.Name);
        client.Name = "改了名";
        await server.Server.AskAsync<ServerDbContext, int>(db => db.Set<RegisteredClient>().Where(row => row.Id == client.Id).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.SettingsJson, RegisteredClient.Write(client))
            .SetProperty(row => row.Version, 2)
            .SetProperty(row => row.ChangedAt, TimeProvider.System.GetUtcNow())));

        // It looks every second; the limit is for a machine that does other things too.
        for (var patience = Stopwatch.StartNew(); there.Find(client.Id)!.Name != "改了名";)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromMinutes(1), "The other node did not learn of the change.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task It_is_there_after_a_restart()
    {
        await using var province = new OidcServer();
        await province.InitializeAsync();
        var (client, secret) = await AClient.RegisterAsync(province.Server);
        await province.Server.StopAsync();
        await province.Server.InitializeAsync();
        using var browser = await province.SignedInAsync();
        var request = AClient.RequestOf(province, client);
        using var answer = await AClient.RedeemAsync(province, request, await request.CodeAsync(browser), secret);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Until_it_is_reviewed_it_is_for_its_owner_alone()
    {
        var province = careful.Oidc;
        var name = await province.Server.AddAccountAsync();
        var owner = await province.Server.AskAsync<ServerDbContext, Guid>(db => db.Set<Account>().Where(account => account.UserName == name).Select(account => account.Id).SingleAsync());
        var (client, _) = await AClient.RegisterAsync(province.Server, owner: owner);

        using var developer = await province.SignedInAsync(name);
        Assert.NotEmpty(await AClient.RequestOf(province, client).CodeAsync(developer));
        using var stranger = await province.SignedInAsync();
        using var refused = await stranger.GetAsync(AClient.RequestOf(province, client).Url);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        var (open, _) = await AClient.RegisterAsync(province.Server, isTrusted: true);
        Assert.NotEmpty(await AClient.RequestOf(province, open).CodeAsync(stranger));
    }

    [Fact]
    public async Task An_unreviewed_client_is_no_open_redirector()
    {
        var province = careful.Oidc;
        var (client, _) = await AClient.RegisterAsync(province.Server);
        using var nobody = province.Server.OpenBrowser();
        foreach (var request in new[]
        {
            AClient.RequestOf(province, client).With("prompt", "none"),
            AClient.RequestOf(province, client).With("scope", "credentials"),
            AClient.RequestOf(province, client).With("code_challenge", null),
            AClient.RequestOf(province, client).With("response_type", "token"),
        })
        {
            using var answer = await nobody.GetAsync(request.Url);
            Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        }
    }

    [Theory]
    [InlineData("Wallet")]
    [InlineData("Staff")]
    [InlineData("VerifierLevel")]
    [InlineData("plain HTTP")]
    [InlineData("fragment")]
    [InlineData("no name")]
    [InlineData("unknown scope")]
    [InlineData("nothing to do")]
    public async Task What_only_configuration_gives_and_what_nobody_may_have_is_refused(string fault)
    {
        var wanted = AClient.Valid();
        switch (fault)
        {
            case "Wallet": wanted.Wallet = true; break;
            case "Staff": wanted.Staff = true; break;
            case "VerifierLevel": wanted.VerifierLevel = VerifierLevel.V2; break;
            case "plain HTTP": wanted.RedirectUris[0] = "http://app.example.org/"; break;
            case "fragment": wanted.RedirectUris[0] += "#x"; break;
            case "no name": wanted.Name = ""; break;
            case "unknown scope": wanted.Scopes.Add("everything"); break;
            default: wanted.RedirectUris.Clear(); break;
        }

        var outcome = await server.Server.AskAsync<RegisterClient, RegisterClient.Outcome>(register =>
            register.HandleAsync(wanted, withSecret: true, new Registrant("system", null), CancellationToken.None));
        Assert.Null(outcome.Client);
        Assert.NotEmpty(outcome.Faults);
    }

    [Fact]
    public async Task A_configured_client_cannot_take_a_registered_ones_name()
    {
        await using var province = new OidcServer(new() { ["Clients:rp-1:Name"] = "x", ["Clients:rp-1:RedirectUris:0"] = "https://x.example.org/" });
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await province.InitializeAsync());
    }

    private async Task<string?> AllowedAsync(string origin)
    {
        using var preflight = new HttpRequestMessage(HttpMethod.Options, "/connect/token");
        preflight.Headers.Add("Origin", origin);
        preflight.Headers.Add("Access-Control-Request-Method", "POST");
        using var answer = await server.Http.SendAsync(preflight, TestContext.Current.CancellationToken);
        return answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var values) ? values.Single() : null;
    }
}
