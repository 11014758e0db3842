using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Connect;
using Identity.Server.Connect.Keys;
using Identity.Server.Storage;
using Identity.Server.Tests.Credentials;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>The ring of keys: announced, working, kept, gone; one for all nodes; nobody notices.</summary>
public sealed class KeyRingTests(PostgresServer postgres)
{
    private const string WalletScope = "openid profile credentials offline_access";

    private readonly FakeTimeProvider clock = new(DateTimeOffset.Parse("2026-11-24T08:00:00Z", System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public async Task A_key_is_published_before_it_signs_and_until_what_it_signed_has_ended()
    {
        await using var server = await StartAsync();
        var first = Assert.Single(await PublishedAsync(server));
        Assert.Equal(first, await SigningKeyAsync(server));

        // A day before its turn the next one is announced, and does nothing.
        await PassAsync(TimeSpan.FromHours(25), server);
        var both = await PublishedAsync(server);
        Assert.Equal(2, both.Count);
        Assert.Equal(first, await SigningKeyAsync(server));
        var before = await server.ClientCredentialsAsync(OidcServer.Machine);

        // Its time comes. Nothing is told to anybody.
        Move(TimeSpan.FromHours(24));
        var second = await SigningKeyAsync(server);
        Assert.Equal(Assert.Single(both, key => key != first), second);
        await PassAsync(TimeSpan.FromHours(10), server);
        Assert.Contains(first, await PublishedAsync(server));

        await PassAsync(TimeSpan.FromHours(16), server);
        Assert.DoesNotContain(first, await PublishedAsync(server));
        Assert.Contains(second, await PublishedAsync(server));
        Assert.NotEqual(KeyIdOf(before.AccessToken), second);
    }

    [Fact]
    public async Task Two_nodes_rotate_under_load_and_no_request_fails()
    {
        var (one, two) = await StartTwoAsync();
        await using var first = one;
        await using var second = two;
        using var browser = await one.SignedInAsync();
        var atTheStart = await one.ClientCredentialsAsync(OidcServer.Machine);
        var wallet = await one.CodeFlowAsync(browser, OidcServer.Native, WalletScope);
        var failures = new ConcurrentQueue<string>();
        var keys = new ConcurrentDictionary<string, int>();
        var requests = 0;
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var load = Enumerable.Range(0, 4).Select(worker => Task.Run(async () =>
        {
            // Made at one node, judged at the other.
            var (maker, judge) = worker % 2 == 0 ? (one, two) : (two, one);
            while (!stop.IsCancellationRequested)
            {
                using var made = await maker.TokenAsync(OidcServer.Machine, new Dictionary<string, string> { ["grant_type"] = "client_credentials" });
                if (!made.IsSuccessStatusCode)
                {
                    failures.Enqueue($"{made.StatusCode}: {await made.Content.ReadAsStringAsync()}");
                    continue;
                }

                var token = (await Tokens.ReadAsync(made)).AccessToken;
                keys.AddOrUpdate(KeyIdOf(token), 1, (_, count) => count + 1);
                if (!(await judge.IntrospectAsync(OidcServer.Machine, token)).GetProperty("active").GetBoolean())
                {
                    failures.Enqueue($"{KeyIdOf(token)} is not taken");
                }

                Interlocked.Increment(ref requests);
            }
        })).ToArray();

        var seen = 0;
        async Task UnderLoadAsync()
        {
            // Some requests at each step, however slow the machine is.
            for (seen = Volatile.Read(ref requests) + 8; Volatile.Read(ref requests) < seen && failures.IsEmpty && !load.Any(task => task.IsFaulted);)
            {
                await Task.Delay(20, stop.Token);
            }
        }

        await UnderLoadAsync();
        Move(TimeSpan.FromMinutes(20));
        await Task.WhenAll(KeepAsync(one), KeepAsync(two));
        await UnderLoadAsync();
        Move(TimeSpan.FromMinutes(11));
        await UnderLoadAsync();
        await Task.WhenAll(KeepAsync(one), KeepAsync(two));
        await UnderLoadAsync();
        await stop.CancelAsync();
        await Task.WhenAll(load);

        Assert.Empty(failures);
        Assert.Equal(2, keys.Count);
        TestContext.Current.TestOutputHelper?.WriteLine($"{requests} tokens made and judged: {string.Join(", ", keys)}");

        // What the first key made is good to its end, at either node.
        Assert.True((await one.IntrospectAsync(OidcServer.Machine, atTheStart.AccessToken)).GetProperty("active").GetBoolean());
        using var renewed = await two.RefreshAsync(OidcServer.Native, wallet.RefreshToken!);
        Assert.Equal(HttpStatusCode.OK, renewed.StatusCode);
    }

    [Fact]
    public async Task Nodes_that_start_at_once_make_one_key_of_each_use()
    {
        var (one, two) = await StartTwoAsync();
        await using var first = one;
        await using var second = two;
        for (var round = 0; round < 3; round++)
        {
            await one.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcKey>().ExecuteDeleteAsync());
            await Task.WhenAll(KeepAsync(one), KeepAsync(two), KeepAsync(one), KeepAsync(two));
            Assert.Equal(2, await one.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcKey>().CountAsync()));
            Assert.Equal(await SigningKeyAsync(one), await SigningKeyAsync(two));
        }

        // And when the next one is due.
        Move(TimeSpan.FromMinutes(25));
        await Task.WhenAll(KeepAsync(one), KeepAsync(two));
        await Task.WhenAll(KeepAsync(one), KeepAsync(two));
        Assert.Equal([1, 2], await one.Server.AskAsync<ServerDbContext, List<int>>(db =>
            db.Set<OidcKey>().Where(key => key.Use == OidcKeyUse.Signing).OrderBy(key => key.Generation).Select(key => key.Generation).ToListAsync()));
        Assert.Equal(await PublishedAsync(one), await PublishedAsync(two));
    }

    [Fact]
    public async Task An_emergency_rotation_refuses_what_the_lost_key_signed_and_the_wallet_goes_on()
    {
        await using var server = await StartAsync();
        using var browser = await server.SignedInAsync();
        var portal = await server.CodeFlowAsync(browser);
        var wallet = await server.CodeFlowAsync(browser, OidcServer.Wallet, WalletScope);
        var lost = await SigningKeyAsync(server);
        using var output = new StringWriter();
        Assert.Equal(0, await RotateOidcKeys.RunAsync([.. Arguments(server), "--reason", "a laptop was stolen"], output));
        Assert.Contains("every older one is revoked", output.ToString(), StringComparison.Ordinal);
        await KeepAsync(server);

        Assert.DoesNotContain(lost, await PublishedAsync(server));
        Assert.NotEqual(lost, await SigningKeyAsync(server));
        using var refused = await server.UserInfoAsync(portal.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var asHint = await browser.GetAsync("/connect/endsession?id_token_hint=" + portal.IdToken);
        Assert.Equal(HttpStatusCode.OK, asHint.StatusCode);
        Assert.True(await browser.IsSignedInAsync());
        using var renewed = await server.RefreshAsync(OidcServer.Wallet, wallet.RefreshToken!);
        var goesOn = await Tokens.ReadAsync(renewed);
        using var taken = await server.UserInfoAsync(goesOn.AccessToken);
        Assert.Equal(HttpStatusCode.OK, taken.StatusCode);

        Assert.Equal(0, await RotateOidcKeys.RunAsync([.. Arguments(server), "--reason", "the database too", "--own", "true"], output));
        await KeepAsync(server);
        using var ended = await server.RefreshAsync(OidcServer.Wallet, goesOn.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(ended));
        var again = await server.CodeFlowAsync(browser);
        using var fresh = await server.UserInfoAsync(again.AccessToken);
        Assert.Equal(HttpStatusCode.OK, fresh.StatusCode);
    }

    [Fact]
    public async Task An_emergency_rotation_reaches_every_node_by_itself()
    {
        var (one, two) = await StartTwoAsync(TimeProvider.System);
        await using var first = one;
        await using var second = two;
        var lost = await SigningKeyAsync(one);
        var stolen = await one.ClientCredentialsAsync(OidcServer.Machine);
        using var output = new StringWriter();
        Assert.Equal(0, await RotateOidcKeys.RunAsync([.. Arguments(one), "--reason", "a laptop was stolen"], output));
        foreach (var node in new[] { one, two })
        {
            await Eventually.TrueAsync(async () => await SigningKeyAsync(node) != lost);
            Assert.DoesNotContain(lost, await PublishedAsync(node));
            Assert.False((await node.IntrospectAsync(OidcServer.Machine, stolen.AccessToken)).GetProperty("active").GetBoolean());
        }
    }

    [Fact]
    public async Task The_command_asks_for_a_reason_and_does_nothing_without_one()
    {
        await using var server = await StartAsync();
        using var output = new StringWriter();
        Assert.Equal(64, await RotateOidcKeys.RunAsync([.. Arguments(server)], output));
        Assert.Contains("--reason", output.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await server.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcKey>().CountAsync()));
    }

    [Fact]
    public async Task A_key_put_in_anothers_place_in_the_database_is_not_taken()
    {
        await using var server = await StartAsync();
        await server.Server.AskAsync<ServerDbContext, int>(async db =>
        {
            var rows = await db.Set<OidcKey>().AsNoTracking().ToListAsync();
            var own = rows.Single(row => row.Use == OidcKeyUse.Own).Sealed;
            return await db.Set<OidcKey>().Where(row => row.Use == OidcKeyUse.Signing)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Sealed, own).SetProperty(row => row.KeyId, "moved"));
        });
        await Assert.ThrowsAsync<StartRefusedException>(() => KeepAsync(server));

        // What the process had goes on.
        Assert.NotEqual("moved", await SigningKeyAsync(server));
    }

    [Fact]
    public async Task The_database_holds_no_private_key_in_the_clear()
    {
        await using var server = await StartAsync();
        var ring = server.Server.App.Services.GetRequiredService<OidcKeyRing>().Active(OidcKeyUse.Signing);
        var secret = ((Microsoft.IdentityModel.Tokens.ECDsaSecurityKey)ring.Signing.Key).ECDsa.ExportParameters(true).D!;
        var row = await server.Server.AskAsync<ServerDbContext, OidcKey>(db => db.Set<OidcKey>().SingleAsync(key => key.Use == OidcKeyUse.Signing));
        Assert.Equal(-1, row.Sealed.AsSpan().IndexOf(secret));
    }

    private async Task<OidcServer> StartAsync(Dictionary<string, string?>? settings = null, TimeProvider? time = null)
    {
        var server = new OidcServer(
            new Dictionary<string, string?>(settings ?? [])
            {
                ["Connect:AccessTokenLifetime"] = "01:00:00",
                ["Connect:KeyRotateEvery"] = settings is null ? "2.00:00:00" : "00:30:00",
                ["Connect:KeyAnnounceFor"] = settings is null ? "1.00:00:00" : "00:10:00",
                // With the machine's own clock each node looks by itself, as often as it would in a province.
                ["Connect:KeyLookEvery"] = time is null ? "00:02:00" : new ConnectOptions().KeyLookEvery.ToString("c"),
            },
            services => services.Replace(ServiceDescriptor.Singleton(time ?? clock)));
        await server.InitializeAsync();
        return server;
    }

    private async Task<(OidcServer One, OidcServer Two)> StartTwoAsync(TimeProvider? time = null)
    {
        var database = await postgres.NewDatabaseAsync();
        var one = await StartAsync(new() { ["Storage:Provider"] = "Postgres", ["ConnectionStrings:Database"] = database }, time);
        var two = await StartAsync(new()
        {
            ["Storage:Provider"] = "Postgres",
            ["ConnectionStrings:Database"] = database,
            ["Trust:KeyFolder"] = Path.Combine(one.Server.Directory, "keys"),

            // Two machines behind one name: the second listens at ports of its own and answers to the first one's.
            ["Origins:Login"] = Origins.TextOf(one.Server.Login),
            ["Origins:Wallet"] = Origins.TextOf(one.Server.Wallet),
            ["Origins:Verifier"] = Origins.TextOf(one.Server.Verifier),
            ["Origins:Console"] = Origins.TextOf(one.Server.Console),
        }, time);
        two.Http.DefaultRequestHeaders.Host = one.Server.Login.Authority;
        return (one, two);
    }

    /// <summary>Rings no timer on the way: a day of them would be a minute of work. The tests look after the ring themselves.</summary>
    private void Move(TimeSpan time) => clock.AdjustTime(clock.GetUtcNow() + time);

    private async Task PassAsync(TimeSpan time, OidcServer server)
    {
        Move(time);
        await KeepAsync(server);
    }

    private static Task KeepAsync(OidcServer server) => server.Server.App.Services.GetRequiredService<KeepOidcKeys>().HandleAsync(TestContext.Current.CancellationToken);

    private static string[] Arguments(OidcServer server) =>
        ["--environment", "Development", "--contentRoot", server.Server.Directory, .. server.Server.Settings().Where(setting => setting.Value is not null).Select(setting => $"--{setting.Key}={setting.Value}")];

    private static async Task<IReadOnlyList<string>> PublishedAsync(OidcServer server)
    {
        var set = await server.Http.GetFromJsonAsync<JsonElement>("/.well-known/jwks", TestContext.Current.CancellationToken);
        return [.. set.GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("kid").GetString()!)];
    }

    private static async Task<string> SigningKeyAsync(OidcServer server) => KeyIdOf((await server.ClientCredentialsAsync(OidcServer.Machine)).AccessToken);

    private static string KeyIdOf(string jwt) =>
        JsonSerializer.Deserialize<JsonElement>(System.Buffers.Text.Base64Url.DecodeFromChars(jwt.Split('.')[0])).GetProperty("kid").GetString()!;
}
