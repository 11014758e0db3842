using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>
/// RFC 6749 4.4 by the short way (<c>AnswerToken</c>, <c>IssueClientToken</c>) against the engine. A parameter that nobody knows is ignored, as OAuth asks,
/// and sends the same request the long way: the two answers must be alike in all but times and numbers.
/// </summary>
public sealed class ClientTokenTests(ClientTokenTests.Host host) : IClassFixture<ClientTokenTests.Host>
{
    private const string Secret = "short-test-secret";

    private readonly Signer _signer = host.Signer;
    private readonly OidcServer _server = host.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Proofs => ["secret", "secret and scope", "basic", "key"];

    [Theory]
    [MemberData(nameof(Proofs))]
    public async Task What_both_ways_grant_is_alike(string proof)
    {
        var (quick, rowOfQuick) = await GrantedAsync(Proved(proof, theLongWay: false));
        var (engine, rowOfEngine) = await GrantedAsync(Proved(proof, theLongWay: true));

        Assert.Equal(7, rowOfQuick.Id.Version);
        Assert.Equal(4, rowOfEngine.Id.Version);
        Assert.Equal(Headers(engine.Http), Headers(quick.Http));
        Assert.Equal(Names(engine.Body), Names(quick.Body));
        Assert.Equal(engine.Body.GetProperty("token_type").GetString(), quick.Body.GetProperty("token_type").GetString());
        Assert.InRange(quick.Body.GetProperty("expires_in").GetInt64() - engine.Body.GetProperty("expires_in").GetInt64(), 0, 1);
        Assert.Equal(Shape(engine.Token, 0), Shape(quick.Token, 0));
        Assert.Equal(Shape(engine.Token, 1), Shape(quick.Token, 1));
        Assert.Equal(Shape(rowOfEngine), Shape(rowOfQuick));
    }

    [Theory]
    [MemberData(nameof(Proofs))]
    public async Task A_token_of_the_short_way_is_introspected_and_revoked_like_any_other(string proof)
    {
        var (quick, _) = await GrantedAsync(Proved(proof, theLongWay: false));
        Assert.True(await IsActiveAsync(quick.Token));
        var client = proof == "key" ? "signs" : "short";
        using var revoked = await SendAsync(new Dictionary<string, string>(Known(client)) { ["token"] = quick.Token }, "/connect/revoke");
        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        Assert.False(await IsActiveAsync(quick.Token));
    }

    public static TheoryData<string, string, string?> Refusals => new()
    {
        { "client_secret", "not the secret", "invalid_client" },
        { "client_secret", "", "invalid_request" },
        { "client_secret", Secret + " ", "invalid_client" },
        { "client_secret", Secret + "\0", "invalid_request" },
        { "client_id", "nobody", "invalid_client" },
        { "client_id", "SHORT", "invalid_client" },
        { "client_id", "codes", "unauthorized_client" },
        { "client_id", "bound", "invalid_dpop_proof" },
        { "client_id", "browser", null },
        { "client_id", "rp-0123456789abcdef0123", "invalid_client" },
        { "scope", "verify credentials", null },
        { "scope", "openid", null },
        { "scope", "unheard-of", null },
        { "scope", "verify  verify", null },
        { "scope", "verify\tverify", null },
        { "grant_type", "CLIENT_CREDENTIALS", "unsupported_grant_type" },
        { "grant_type", "password", "unsupported_grant_type" },
        { "resource", "https://elsewhere.example", "invalid_target" },
        { "client_assertion", "e30.e30.AA", null },
        { "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", null },
        { "client_assertion_type", "none", null },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_the_engine_answers_to_an_unusual_request_the_short_way_answers_too(string parameter, string value, string? error)
    {
        var form = Asking("short");
        form[parameter] = value;
        var quick = await SaidAsync(form);
        form["nobody_knows"] = "1";
        Assert.Equal(await SaidAsync(form), quick);
        if (error is not null)
        {
            Assert.Equal(error, quick.Error);
        }
    }

    [Theory]
    [InlineData("grant_type=client_credentials&client_id=short&client_secret=short-test-secret&client_secret=short-test-secret")]
    [InlineData("grant_type=client_credentials&client_id=short&client_id=codes&client_secret=short-test-secret")]
    [InlineData("grant_type=client_credentials&client_id=short&client_secret=short-test-secret&scope=verify&scope=openid")]
    [InlineData("grant_type=client_credentials&client_id=short&client_secret=short-test-secret&a=1&a=1")]
    [InlineData("&&&&&")]
    public async Task Forms_that_are_said_twice_or_not_at_all_are_bad_requests(string body)
    {
        using var answer = await SendAsync(body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("invalid_request", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task A_form_of_more_values_than_the_reader_takes_is_a_bad_request()
    {
        using var answer = await SendAsync("grant_type=client_credentials&" + string.Concat(Enumerable.Repeat("a&", 1_500)));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("invalid_request", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task A_secret_in_the_URL_or_in_two_places_is_refused()
    {
        using var inUrl = await SendAsync("grant_type=client_credentials&client_id=short", "/connect/token?client_secret=" + Secret);
        Assert.Equal("invalid_request", await OidcServer.ErrorOfAsync(inUrl));

        using var twice = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new FormUrlEncodedContent(Asking("short")) };
        twice.Headers.Authorization = Basic("short", Secret);
        using var answer = await _server.Http.SendAsync(twice, Cancellation);
        Assert.False(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task An_assertion_counts_once_whichever_way_it_goes()
    {
        var form = Known("signs");
        using var first = await SendAsync(form);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var again = await SendAsync(form);
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(again));
        using var byTheEngine = await SendAsync(new Dictionary<string, string>(form) { ["nobody_knows"] = "1" });
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(byTheEngine));
    }

    [Fact]
    public async Task Of_one_assertion_sent_by_many_at_once_one_counts()
    {
        var form = Known("signs");
        var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            using var answer = await SendAsync(i % 3 == 0 ? new Dictionary<string, string>(form) { ["nobody_knows"] = "1" } : form);
            return answer.StatusCode;
        }));
        Assert.Single(answers, HttpStatusCode.OK);
        Assert.Equal(23, answers.Count(status => status == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Many_at_once_get_each_a_token_of_its_own_that_stands_in_the_database()
    {
        var tokens = await Task.WhenAll(Enumerable.Range(0, 24).Select(i => GrantedAsync(Proved(i % 2 == 0 ? "secret" : "key", theLongWay: false))));
        Assert.Equal(24, tokens.Select(token => token.Row.Id).Distinct().Count());
        Assert.All(tokens, token => Assert.Equal(7, token.Row.Id.Version));
    }

    [Fact]
    public async Task A_permission_that_another_node_took_away_is_gone_at_once()
    {
        using var before = await SendAsync(Asking("losing"));
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        await _server.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcClient>().Where(client => client.ClientId == "losing")
            .ExecuteUpdateAsync(set => set.SetProperty(client => client.Permissions, "[\"ept:token\"]"), Cancellation));
        using var after = await SendAsync(Asking("losing"));
        Assert.Equal("unauthorized_client", await OidcServer.ErrorOfAsync(after));
    }

    [Fact]
    public async Task A_rotated_secret_is_refused_at_once()
    {
        await _server.Server.AskAsync<IOpenIddictApplicationManager, bool>(async manager =>
        {
            await manager.UpdateAsync((await manager.FindByClientIdAsync("rotating", Cancellation))!, "the next secret", Cancellation);
            return true;
        });
        using var after = await SendAsync(Asking("rotating"));
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(after));
    }

    private static Dictionary<string, string> Asking(string client) =>
        new() { ["grant_type"] = "client_credentials", ["client_id"] = client, ["client_secret"] = Secret };

    private Dictionary<string, string> Known(string client) => client != "signs"
        ? Asking(client)
        : new()
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = client,
            ["client_assertion"] = _signer.Assertion(client, _server.Issuer),
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        };

    private HttpRequestMessage Proved(string proof, bool theLongWay)
    {
        var form = Known(proof == "key" ? "signs" : "short");
        if (proof == "secret and scope")
        {
            form["scope"] = "verify";
        }

        if (theLongWay)
        {
            form["nobody_knows"] = "1";
        }

        var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token");
        if (proof == "basic")
        {
            form.Remove("client_id");
            form.Remove("client_secret");
            request.Headers.Authorization = Basic("short", Secret);
        }

        request.Content = new FormUrlEncodedContent(form);
        return request;
    }

    private static AuthenticationHeaderValue Basic(string id, string secret) => new("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"{id}:{secret}")));

    private async Task<(Granted Granted, OidcToken Row)> GrantedAsync(HttpRequestMessage request)
    {
        using (request)
        {
            var answer = await _server.Http.SendAsync(request, Cancellation);
            var text = await answer.Content.ReadAsStringAsync(Cancellation);
            Assert.True(answer.IsSuccessStatusCode, text);
            var body = JsonDocument.Parse(text).RootElement;
            var token = body.GetProperty("access_token").GetString()!;
            var id = Tokens.ClaimsOf(token).GetProperty("oi_tkn_id").GetGuid();
            var row = await _server.Server.AskAsync<ServerDbContext, OidcToken>(db => db.Set<OidcToken>().AsNoTracking()
                .Include(entry => entry.Application).Include(entry => entry.Authorization).SingleAsync(entry => entry.Id == id, Cancellation));
            return (new(answer, body, token), row);
        }
    }

    private async Task<(HttpStatusCode Status, string? Error, string? Description)> SaidAsync(Dictionary<string, string> form)
    {
        using var answer = await SendAsync(form);
        if (answer.IsSuccessStatusCode)
        {
            return (answer.StatusCode, null, null);
        }

        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation)).RootElement;
        return (answer.StatusCode, body.GetProperty("error").GetString(), body.GetProperty("error_description").GetString());
    }

    private async Task<HttpResponseMessage> SendAsync(Dictionary<string, string> form, string path = "/connect/token")
    {
        using var content = new FormUrlEncodedContent(form);
        return await _server.Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
    }

    private async Task<HttpResponseMessage> SendAsync(string body, string path = "/connect/token")
    {
        using var content = new StringContent(body);
        content.Headers.ContentType = new("application/x-www-form-urlencoded");
        return await _server.Http.PostAsync(new Uri(path, UriKind.Relative), content, Cancellation);
    }

    private async Task<bool> IsActiveAsync(string token)
    {
        using var answer = await SendAsync(new Dictionary<string, string>(Known(Tokens.ClaimsOf(token).GetProperty("client_id").GetString()!)) { ["token"] = token }, "/connect/introspect");
        return JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation)).RootElement.GetProperty("active").GetBoolean();
    }

    private static string Headers(HttpResponseMessage answer) => string.Join('\n', answer.Headers.Concat(answer.Content.Headers)
        .Where(header => header.Key is not ("Date" or "Content-Length"))
        .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order(StringComparer.Ordinal));

    private static string Names(JsonElement body) => string.Join(' ', body.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));

    /// <summary>Header or claims of a token, without what differs from one to the next.</summary>
    private static string Shape(string token, int part) => string.Join('\n', JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(token.Split('.')[part])).RootElement
        .EnumerateObject().Select(member => member.Name is "exp" or "iat" or "jti" or "oi_tkn_id" ? member.Name + " " + member.Value.ValueKind : member.ToString()).Order(StringComparer.Ordinal));

    private static string Shape(OidcToken row) => string.Join('\n',
        row.Application?.ClientId, row.Authorization?.Id, row.ConcurrencyToken is { Length: 36 }, (row.ExpirationDate - row.CreationDate)!.Value.TotalSeconds,
        row.Payload, row.Properties, row.RedemptionDate, row.ReferenceId, row.Status, row.Subject, row.Type);

    private sealed record Granted(HttpResponseMessage Http, JsonElement Body, string Token);

    /// <summary>Clients that prove themselves by secret or key. Their secrets have been found right once: only then do they go the short way.</summary>
    public sealed class Host : IAsyncLifetime
    {
        public Host()
        {
            var settings = new Dictionary<string, string?>
            {
                ["Clients:signs:Name"] = "By key",
                ["Clients:signs:Jwks"] = Signer.Jwks(Signer),
                ["Clients:signs:ClientCredentials"] = "true",
                ["Clients:codes:Name"] = "Not by itself",
                ["Clients:codes:Secret"] = Secret,
                ["Clients:codes:RedirectUris:0"] = "https://codes.example/callback",
                ["Clients:codes:Scopes:0"] = "openid",
                ["Clients:bound:Name"] = "With DPoP only",
                ["Clients:bound:Secret"] = Secret,
                ["Clients:bound:ClientCredentials"] = "true",
                ["Clients:bound:RequiresDpop"] = "true",
                ["Clients:browser:Name"] = "Public",
                ["Clients:browser:RedirectUris:0"] = "https://browser.example/callback",
                ["Clients:browser:Scopes:0"] = "openid",
            };
            foreach (var id in (string[])["short", "losing", "rotating"])
            {
                settings[$"Clients:{id}:Name"] = "By secret";
                settings[$"Clients:{id}:Secret"] = Secret;
                settings[$"Clients:{id}:ClientCredentials"] = "true";
                settings[$"Clients:{id}:Scopes:0"] = "verify";
            }

            Server = new OidcServer(settings);
        }

        internal Signer Signer { get; } = new();

        internal OidcServer Server { get; }

        public async ValueTask InitializeAsync()
        {
            await Server.InitializeAsync();
            foreach (var client in (string[])["short", "codes", "bound", "losing", "rotating"])
            {
                using var content = new FormUrlEncodedContent(Asking(client));
                using var first = await Server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), content, Cancellation);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            Signer.Dispose();
        }
    }
}
