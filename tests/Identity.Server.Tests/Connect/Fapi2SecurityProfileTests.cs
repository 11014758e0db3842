using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Server.Clients;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>FAPI 2.0 Security Profile (final): one setting, <c>Fapi</c>, and nothing weaker is let through. Names say the section.</summary>
[Collection(Protocols.Name)]
public sealed class Fapi2SecurityProfileTests(ProtocolServer protocols) : IDisposable
{
    private const string Scope = "openid profile offline_access";

    private readonly OidcServer server = protocols.Oidc;
    private readonly Signer holder = new();
    private string? nonce;

    [Fact]
    public async Task The_whole_flow_goes_through()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Fapi, Scope);
        var answer = await ComeAsync(browser, await PushAsync(request));
        Assert.Equal(("st&te=1", server.Issuer), (answer["state"], answer["iss"]));
        using var redeemed = await RedeemAsync(request, answer["code"]);
        var json = await redeemed.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal("DPoP", json.GetProperty("token_type").GetString());
        using var opened = await new DpopCaller(server, holder).CallAsync("GET", "/connect/userinfo", json.GetProperty("access_token").GetString()!);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task S5_3_2_1_access_tokens_are_sender_constrained()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Fapi, Scope);
        var answer = await ComeAsync(browser, await PushAsync(request));
        using var bare = await SendAsync("/connect/token", CodeForm(request, answer["code"]), withProof: false);
        Assert.Equal("invalid_dpop_proof", await OidcServer.ErrorOfAsync(bare));
        using var redeemed = await RedeemAsync(request, answer["code"]);
        var token = (await Tokens.ReadAsync(redeemed)).AccessToken;
        using var bearer = await server.UserInfoAsync(token);
        Assert.Equal(HttpStatusCode.Unauthorized, bearer.StatusCode);
    }

    [Fact]
    public async Task S5_3_2_1_the_client_proves_itself_with_its_key_and_nothing_else()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Fapi, Scope);
        foreach (var (name, value) in new[] { ("client_secret", "fapi-test-secret-00"), ("ignored", "x") })
        {
            using var form = new FormUrlEncodedContent(request.Parameters.Where(p => p.Value is not null).Append(new(name, value)));
            using var answer = await server.Http.PostAsync(new Uri("/connect/par", UriKind.Relative), form, TestContext.Current.CancellationToken);
            Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(answer));
        }
    }

    [Theory]
    [InlineData("/connect/token")]
    [InlineData("/connect/par")]
    [InlineData("array")]
    public async Task S5_3_2_1_the_assertions_audience_is_the_issuer_as_a_string(string audience)
    {
        var request = server.Request(ProtocolServer.Fapi, Scope);
        using var answer = await SendAsync("/connect/par", PushForm(request), assertion: claims => claims["aud"] = audience == "array" ? new JsonArray(server.Issuer) : server.Issuer + audience);
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(answer));
    }

    [Theory]
    [InlineData("iat", 10, true)]
    [InlineData("nbf", 10, true)]
    [InlineData("iat", 61, false)]
    [InlineData("nbf", 61, false)]
    public async Task S5_3_2_1_clocks_may_differ_by_ten_seconds_and_not_by_a_minute(string claim, int ahead, bool taken)
    {
        using var answer = await SendAsync("/connect/par", PushForm(server.Request(ProtocolServer.Fapi, Scope)), assertion: claims => claims[claim] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + ahead);
        Assert.Equal(taken, answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task S5_3_2_1_refresh_tokens_do_not_rotate()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Fapi, Scope);
        using var redeemed = await RedeemAsync(request, (await ComeAsync(browser, await PushAsync(request)))["code"]);
        var refresh = (await Tokens.ReadAsync(redeemed)).RefreshToken!;
        for (var i = 0; i < 3; i++)
        {
            using var renewed = await SendAsync("/connect/token", new() { ["grant_type"] = "refresh_token", ["refresh_token"] = refresh });
            var tokens = await Tokens.ReadAsync(renewed);
            Assert.Null(tokens.RefreshToken);
            Assert.Equal(holder.Thumbprint, Tokens.ClaimsOf(tokens.AccessToken).GetProperty("cnf").GetProperty("jkt").GetString());
        }
    }

    [Theory]
    [InlineData("grant_type", "password")]
    [InlineData("grant_type", "implicit")]
    public async Task S5_3_2_1_no_resource_owner_password_credentials(string name, string value)
    {
        using var answer = await SendAsync("/connect/token", new() { [name] = value, ["username"] = "x", ["password"] = "y" });
        Assert.False(answer.IsSuccessStatusCode);
    }

    [Fact]
    public async Task S5_3_2_2_requests_come_by_PAR_and_in_no_other_way()
    {
        using var browser = await server.SignedInAsync();
        var answer = await server.Request(ProtocolServer.Fapi, Scope).AnswerAsync(browser);
        Assert.Equal("invalid_request", answer["error"]);
    }

    [Theory]
    [InlineData("code_challenge", null)]
    [InlineData("code_challenge_method", "plain")]
    [InlineData("code_challenge_method", null)]
    [InlineData("response_type", "code id_token")]
    [InlineData("response_type", "token")]
    [InlineData("redirect_uri", null)]
    [InlineData("redirect_uri", "https://fapi.example/callback/")]
    [InlineData("redirect_uri", "https://fapi.example/callback?x=1")]
    [InlineData("redirect_uri", "http://fapi.example/callback")]
    public async Task S5_3_2_2_what_is_weaker_is_refused_when_it_is_pushed(string name, string? value)
    {
        using var answer = await SendAsync("/connect/par", PushForm(server.Request(ProtocolServer.Fapi, Scope).With(name, value)));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task S5_3_2_2_the_request_uri_lives_for_less_than_ten_minutes_and_once()
    {
        using var browser = await server.SignedInAsync();
        using var pushed = await SendAsync("/connect/par", PushForm(server.Request(ProtocolServer.Fapi, Scope)));
        var json = await pushed.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.InRange(json.GetProperty("expires_in").GetInt32(), 5, 599);
        var requestUri = json.GetProperty("request_uri").GetString()!;
        await ComeAsync(browser, requestUri);
        using var again = await browser.GetAsync(Address(requestUri));
        Assert.Equal((HttpStatusCode.BadRequest, null), (again.StatusCode, again.Headers.Location));
    }

    [Fact]
    public async Task S5_3_2_2_codes_live_a_minute_at_most_and_once()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Fapi, Scope);
        var answer = await ComeAsync(browser, await PushAsync(request));
        using var first = await RedeemAsync(request, answer["code"]);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        using var second = await RedeemAsync(request, answer["code"]);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(second));
        var options = new Identity.Server.Connect.ConnectOptions();
        Assert.True(options.CodeLifetime <= TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task S5_3_2_2_no_redirect_with_307()
    {
        using var browser = server.Server.OpenBrowser();
        using var answer = await browser.GetAsync(Address(await PushAsync(server.Request(ProtocolServer.Fapi, Scope))));
        Assert.NotEqual(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
    }

    [Fact]
    public async Task S5_3_4_no_access_token_in_the_address()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Fapi, Scope);
        using var redeemed = await RedeemAsync(request, (await ComeAsync(browser, await PushAsync(request)))["code"]);
        var token = (await Tokens.ReadAsync(redeemed)).AccessToken;
        using var inQuery = await server.Http.GetAsync(new Uri("/connect/userinfo?access_token=" + token, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, inQuery.StatusCode);
    }

    [Fact]
    public void S5_4_a_registration_that_could_not_keep_it_is_refused()
    {
        using var signer = new Signer();
        ClientSettings A(Action<ClientSettings>? change = null, string redirect = "https://rp.example/callback")
        {
            var client = new ClientSettings { Id = "c", Name = "c", Fapi = true, Jwks = Signer.Jwks(signer), RedirectUris = { redirect } };
            change?.Invoke(client);
            return client;
        }

        Assert.Empty(ClientRules.FaultsOf(A()));
        Assert.NotEmpty(ClientRules.FaultsOf(A(client => client.Jwks = null)));
        Assert.NotEmpty(ClientRules.FaultsOf(A(client => (client.Jwks, client.Secret) = (null, "0123456789abcdef"))));
        Assert.NotEmpty(ClientRules.FaultsOf(A(redirect: "http://127.0.0.1/callback")));
        Assert.True(A() is { MustPush: true, MustBind: true });
    }

    public void Dispose() => holder.Dispose();

    private static string Address(string requestUri) =>
        QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?> { ["client_id"] = ProtocolServer.Fapi, ["request_uri"] = requestUri });

    private static Dictionary<string, string> PushForm(AuthorizationRequest request) => request.Parameters.Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!);

    private static Dictionary<string, string> CodeForm(AuthorizationRequest request, string code) => new()
    {
        ["grant_type"] = "authorization_code",
        ["code"] = code,
        ["redirect_uri"] = request.Parameters["redirect_uri"]!,
        ["code_verifier"] = request.Verifier,
    };

    private static async Task<Dictionary<string, string>> ComeAsync(Browser browser, string requestUri)
    {
        using var answer = await browser.GetAsync(Address(requestUri));
        Assert.True(answer.Headers.Location is not null, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        return QueryHelpers.ParseQuery(answer.Headers.Location!.Query).ToDictionary(p => p.Key, p => p.Value.ToString());
    }

    private async Task<string> PushAsync(AuthorizationRequest request)
    {
        using var pushed = await SendAsync("/connect/par", PushForm(request));
        Assert.True(pushed.IsSuccessStatusCode, await pushed.Content.ReadAsStringAsync());
        return (await pushed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_uri").GetString()!;
    }

    private Task<HttpResponseMessage> RedeemAsync(AuthorizationRequest request, string code) => SendAsync("/connect/token", CodeForm(request, code));

    /// <summary>With a new assertion and a new proof each time, and a second time when the server wants its nonce.</summary>
    private Task<HttpResponseMessage> SendAsync(string path, Dictionary<string, string> form, bool withProof = true, Action<JsonObject>? assertion = null) => DpopTries.TwiceAsync(async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        var all = new Dictionary<string, string>(form)
        {
            ["client_id"] = ProtocolServer.Fapi,
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["client_assertion"] = protocols.First.Assertion(ProtocolServer.Fapi, server.Issuer, assertion),
        };
        request.Content = new FormUrlEncodedContent(all);
        if (withProof)
        {
            request.Headers.Add("DPoP", holder.Proof("POST", server.Issuer + path, nonce));
        }

        var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        nonce = DpopTries.NonceOf(answer, nonce);
        return answer;
    });
}
