using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Server.Connect.Proofs;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 9449: tokens that count with a proof of their key, everywhere, and with nothing else.</summary>
[Collection(Protocols.Name)]
public sealed class Rfc9449DpopTests(ProtocolServer protocols) : IDisposable
{
    private const string Scope = "openid profile credentials offline_access";

    private readonly OidcServer server = protocols.Oidc;
    private readonly Signer signer = new();
    private readonly Signer stranger = new();

    [Fact]
    public async Task A_proof_brings_a_bound_token_and_the_token_opens_with_a_proof()
    {
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, signer);
        var request = server.Request(ProtocolServer.Bound, Scope);
        using var answer = await caller.RedeemAsync(request, await request.CodeAsync(browser));
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal("DPoP", json.GetProperty("token_type").GetString());
        var token = json.GetProperty("access_token").GetString()!;
        Assert.Equal(signer.Thumbprint, Tokens.ClaimsOf(token).GetProperty("cnf").GetProperty("jkt").GetString());
        Assert.False(Tokens.ClaimsOf(json.GetProperty("id_token").GetString()!).TryGetProperty("cnf", out _));
        foreach (var path in new[] { "/connect/userinfo", "/api/subjects", "/api/credentials" })
        {
            // Nobody stands behind this account, so /api says 403: it knows who asks.
            using var opened = await caller.CallAsync("GET", path, token);
            Assert.True(opened.StatusCode is HttpStatusCode.OK or HttpStatusCode.Forbidden, $"{path}: {opened.StatusCode} {opened.Headers.WwwAuthenticate}");
            Assert.True(opened.Headers.Contains("DPoP-Nonce"), path);
        }
    }

    [Fact]
    public async Task A_key_of_RSA_works_as_well()
    {
        using var rsa = new Signer("PS256");
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, rsa);
        var tokens = await caller.CodeFlowAsync(browser, ProtocolServer.Bound, Scope);
        using var opened = await caller.CallAsync("GET", "/connect/userinfo", tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task Without_a_nonce_the_answer_brings_one_8()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = Form() };
        request.Headers.Add("DPoP", signer.Proof("POST", server.Issuer + "/connect/token", nonce: null));
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.BadRequest, "use_dpop_nonce"), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
        Assert.Single(answer.Headers.GetValues("DPoP-Nonce"));
    }

    [Fact]
    public async Task A_client_that_must_use_it_gets_nothing_without_5()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Bound, Scope);
        using var answer = await request.RedeemAsync(await request.CodeAsync(browser));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_dpop_proof"), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
        Assert.True(answer.Headers.Contains("DPoP-Nonce"));
    }

    [Fact]
    public async Task Another_client_may_use_it_and_may_leave_it()
    {
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, signer);
        var tokens = await caller.CodeFlowAsync(browser, OidcServer.Hr, "openid profile");
        using var bearer = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, bearer.StatusCode);
        using var proved = await caller.CallAsync("GET", "/connect/userinfo", tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, proved.StatusCode);
    }

    /// <summary>CVE-2024-49755: one endpoint that forgets the proof makes every stolen token good. So: all of them, read off the routes.</summary>
    [Fact]
    public async Task No_endpoint_opens_to_a_bound_token_without_its_proof()
    {
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, signer);
        var thief = new DpopCaller(server, stranger);
        var token = (await caller.CodeFlowAsync(browser, ProtocolServer.Bound, Scope)).AccessToken;
        var routes = (
            from endpoint in server.Server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
            where path.StartsWith("/api/", StringComparison.Ordinal)
            from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]
            select (method, path: path.Replace("{id}", "x", StringComparison.Ordinal).Replace("{id:guid}", Guid.Empty.ToString(), StringComparison.Ordinal))).Distinct()
            .Where(route => route.path is not "/api/nonce" and not "/api/scenes" && !route.path.Contains('{', StringComparison.Ordinal))
            .Append(("GET", "/connect/userinfo")).Append(("POST", "/connect/userinfo")).ToArray();
        Assert.True(routes.Length >= 8, string.Join(' ', routes));
        foreach (var (method, path) in routes)
        {
            using var bearer = await SendAsync(method, path, "Bearer", token, proof: null);
            await RefusedAsync(bearer, $"{method} {path} as Bearer");
            using var bare = await SendAsync(method, path, "DPoP", token, proof: null);
            await RefusedAsync(bare, $"{method} {path} without a proof");
            using var both = await SendAsync(method, path, "Bearer", token, signer.Proof(method, server.Issuer + path, caller.Nonce, token));
            await RefusedAsync(both, $"{method} {path} as Bearer with a proof");
            using var otherKey = await thief.CallAsync(method, path, token);
            await RefusedAsync(otherKey, $"{method} {path} with another key");
            using var otherPath = await caller.CallAsync(method, path, token, claims => claims["htu"] = server.Issuer + path + "/other");
            await RefusedAsync(otherPath, $"{method} {path} with a proof for another path");
        }

        async Task RefusedAsync(HttpResponseMessage answer, string what)
        {
            if (IsNoForm(what))
            {
                // A body that is no form is refused before the token is looked at.
                Assert.True((int)answer.StatusCode is 400 or 401, $"{what}: {answer.StatusCode}");
                return;
            }

            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{what}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }

        static bool IsNoForm(string what) => what.StartsWith("POST /connect/userinfo", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_bound_is_no_DPoP_token_7_1()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        var caller = new DpopCaller(server, signer);
        using var answer = await caller.CallAsync("GET", "/connect/userinfo", tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("invalid_token", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/connect/userinfo")]
    [InlineData("/api/subjects")]
    public async Task What_is_refused_is_told_in_the_scheme_DPoP_7_1(string path)
    {
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, signer);
        var token = (await caller.CodeFlowAsync(browser, ProtocolServer.Bound, Scope)).AccessToken;
        using var withoutNonce = await SendAsync("GET", path, "DPoP", token, signer.Proof("GET", server.Issuer + path, null, token));
        Assert.Equal(HttpStatusCode.Unauthorized, withoutNonce.StatusCode);
        Assert.Equal("DPoP", withoutNonce.Headers.WwwAuthenticate.First().Scheme);
        Assert.Contains("error=\"use_dpop_nonce\"", withoutNonce.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.True(withoutNonce.Headers.Contains("DPoP-Nonce"));
        using var wrong = await caller.CallAsync("GET", path, token, claims => claims["htm"] = "POST");
        Assert.Contains("error=\"invalid_dpop_proof\"", wrong.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        Assert.Contains("algs=\"ES256 PS256\"", wrong.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        using var nothing = await server.Http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("DPoP", nothing.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
        Assert.Contains("Bearer", nothing.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
    }

    public static TheoryData<string, string?> WrongClaims => new()
    {
        { "htm", null }, { "htm", "\"GET\"" }, { "htm", "\"post\"" }, { "htm", "[\"POST\"]" },
        { "htu", null }, { "htu", "\"/connect/token\"" }, { "htu", "\"https://evil.example/connect/token\"" }, { "htu", "\"{issuer}/connect/userinfo\"" },
        { "htu", "\"{issuer}/connect/token/\"" }, { "htu", "\"{issuer}/CONNECT/TOKEN\"" }, { "htu", "\"{issuer}@evil.example/connect/token\"" }, { "htu", "7" },
        { "iat", null }, { "iat", "1" }, { "iat", "{past}" }, { "iat", "{ahead}" }, { "iat", "\"{now}\"" }, { "iat", "-1" }, { "iat", "1e300" },
        { "jti", null }, { "jti", "\"\"" }, { "jti", "1" },
    };

    [Theory]
    [MemberData(nameof(WrongClaims))]
    public async Task A_proof_with_a_wrong_claim_is_refused_4_3(string name, string? value)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var text = value?.Replace("{issuer}", server.Issuer, StringComparison.Ordinal).Replace("{past}", $"{now - 300}", StringComparison.Ordinal)
            .Replace("{ahead}", $"{now + 120}", StringComparison.Ordinal).Replace("{now}", $"{now}", StringComparison.Ordinal);
        await InvalidAsync(claims => Set(claims, name, text is null ? null : JsonNode.Parse(text)), null);
    }

    [Theory]
    [InlineData("typ", null)]
    [InlineData("typ", "\"JWT\"")]
    [InlineData("typ", "\"dpop\"")]
    [InlineData("alg", "\"none\"")]
    [InlineData("alg", "\"HS256\"")]
    [InlineData("alg", "\"RS256\"")]
    [InlineData("alg", "\"PS256\"")]
    [InlineData("jwk", null)]
    [InlineData("jwk", "{}")]
    [InlineData("jwk", "\"x\"")]
    [InlineData("jwk", "{\"kty\":\"oct\",\"k\":\"AAAA\"}")]
    [InlineData("crit", "[\"htm\"]")]
    [InlineData("x5c", "[]")]
    public async Task A_proof_with_a_wrong_header_is_refused_4_3(string name, string? value) =>
        await InvalidAsync(null, header => Set(header, name, value is null ? null : JsonNode.Parse(value)));

    [Fact]
    public async Task A_proof_that_gives_its_private_key_away_or_is_signed_with_another_is_refused_4_3()
    {
        await InvalidAsync(null, header => header["jwk"]!["d"] = signer.PrivateMember);
        await InvalidAsync(null, header => header["jwk"] = stranger.PublicJwk);
    }

    [Fact]
    public async Task Two_proofs_are_one_too_many_4_3()
    {
        var caller = new DpopCaller(server, signer);
        (await caller.TokenAsync(ProtocolServer.Bound, new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = "x" })).Dispose();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = Form() };
        request.Headers.Add("DPoP", signer.Proof("POST", server.Issuer + "/connect/token", caller.Nonce));
        request.Headers.Add("DPoP", signer.Proof("POST", server.Issuer + "/connect/token", caller.Nonce));
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("invalid_dpop_proof", await OidcServer.ErrorOfAsync(answer));
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("CfDJ8AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_nonce_that_is_not_ours_is_answered_with_one_that_is_8(string nonce)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = Form() };
        request.Headers.Add("DPoP", signer.Proof("POST", server.Issuer + "/connect/token", nonce));
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("use_dpop_nonce", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public void A_nonce_lives_for_minutes_and_not_from_before_a_restart()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var nonces = new DpopNonces(new byte[32], clock);
        var nonce = nonces.Create();
        Assert.True(nonces.IsFresh(nonce, notBefore: null));
        Assert.True(nonces.IsFresh(nonce, clock.GetUtcNow().AddSeconds(-1)));
        Assert.False(nonces.IsFresh(nonce, clock.GetUtcNow().AddSeconds(1)));
        Assert.False(new DpopNonces([.. Enumerable.Repeat((byte)1, 32)], clock).IsFresh(nonce, notBefore: null));
        clock.Advance(DpopNonces.Life);
        Assert.False(nonces.IsFresh(nonce, notBefore: null));
    }

    [Fact]
    public async Task A_proof_counts_once_11_1()
    {
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, signer);
        var token = (await caller.CodeFlowAsync(browser, ProtocolServer.Bound, Scope)).AccessToken;
        foreach (var path in new[] { "/connect/userinfo", "/api/subjects" })
        {
            var proof = signer.Proof("GET", server.Issuer + path, caller.Nonce, token);
            using var first = await SendAsync("GET", path, "DPoP", token, proof);
            using var second = await SendAsync("GET", path, "DPoP", token, proof);
            Assert.NotEqual(HttpStatusCode.Unauthorized, first.StatusCode);
            Assert.Equal(HttpStatusCode.Unauthorized, second.StatusCode);
        }
    }

    [Theory]
    [InlineData("ath", null)]
    [InlineData("ath", "\"\"")]
    [InlineData("ath", "\"fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo\"")]
    public async Task A_proof_is_for_one_token_4_3(string name, string? value)
    {
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, signer);
        var token = (await caller.CodeFlowAsync(browser, ProtocolServer.Bound, Scope)).AccessToken;
        using var answer = await caller.CallAsync("GET", "/api/subjects", token, claims => Set(claims, name, value is null ? null : JsonNode.Parse(value)));
        Assert.Contains("invalid_dpop_proof", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_query_in_the_address_is_not_part_of_htu_4_3()
    {
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, signer);
        var token = (await caller.CodeFlowAsync(browser, ProtocolServer.Bound, Scope)).AccessToken;
        using var answer = await caller.CallAsync("GET", "/connect/userinfo?x=1", token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task A_public_clients_refresh_token_is_bound_to_the_key_5()
    {
        using var browser = await server.SignedInAsync();
        var caller = new DpopCaller(server, signer);
        var tokens = await caller.CodeFlowAsync(browser, ProtocolServer.Bound, Scope);
        using var thief = await new DpopCaller(server, stranger).RefreshAsync(ProtocolServer.Bound, tokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(thief));
        using var bare = await server.RefreshAsync(ProtocolServer.Bound, tokens.RefreshToken!);
        Assert.Equal("invalid_dpop_proof", await OidcServer.ErrorOfAsync(bare));
        using var owner = await caller.RefreshAsync(ProtocolServer.Bound, tokens.RefreshToken!);
        var renewed = await Tokens.ReadAsync(owner);
        Assert.Equal(signer.Thumbprint, Tokens.ClaimsOf(renewed.AccessToken).GetProperty("cnf").GetProperty("jkt").GetString());
        using var thiefAgain = await new DpopCaller(server, stranger).RefreshAsync(ProtocolServer.Bound, renewed.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(thiefAgain));
    }

    [Fact]
    public async Task A_public_client_that_chose_DPoP_cannot_go_back_to_Bearer_5()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await new DpopCaller(server, signer).CodeFlowAsync(browser, OidcServer.Native, "openid offline_access");
        using var bare = await server.RefreshAsync(OidcServer.Native, tokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(bare));
    }

    [Fact]
    public async Task A_code_is_bound_to_the_key_that_dpop_jkt_names_10()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Bound, Scope).With("dpop_jkt", signer.Thumbprint);
        var code = await request.CodeAsync(browser);
        using var thief = await new DpopCaller(server, stranger).RedeemAsync(request, code);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(thief));
        using var owner = await new DpopCaller(server, signer).RedeemAsync(request, code);
        Assert.Equal(HttpStatusCode.OK, owner.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9X+")]
    public async Task A_dpop_jkt_that_is_no_thumbprint_is_refused_10(string value)
    {
        using var browser = await server.SignedInAsync();
        Assert.Equal("invalid_request", (await server.Request(ProtocolServer.Bound, Scope).With("dpop_jkt", value).AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task A_proof_at_PAR_binds_the_code_too_10_1()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Pushing);
        var form = request.Parameters.Where(p => p.Key != "client_id").ToDictionary(p => p.Key, p => p.Value!);
        var caller = new DpopCaller(server, signer);
        using var pushed = await caller.TokenAsync(ProtocolServer.Pushing, form, path: "/connect/par");
        var requestUri = (await pushed.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("request_uri").GetString();
        using var answer = await browser.GetAsync(QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?> { ["client_id"] = ProtocolServer.Pushing, ["request_uri"] = requestUri }));
        var code = QueryHelpers.ParseQuery(answer.Headers.Location!.Query)["code"].ToString();
        using var thief = await new DpopCaller(server, stranger).RedeemAsync(request, code);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(thief));
        using var owner = await caller.RedeemAsync(request, code);
        Assert.Equal(HttpStatusCode.OK, owner.StatusCode);
        form["dpop_jkt"] = stranger.Thumbprint;
        using var twoKeys = await caller.TokenAsync(ProtocolServer.Pushing, form, path: "/connect/par");
        Assert.Equal("invalid_dpop_proof", await OidcServer.ErrorOfAsync(twoKeys));
    }

    [Fact]
    public async Task Introspection_says_to_which_key_a_token_is_bound_6_2()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await new DpopCaller(server, signer).CodeFlowAsync(browser, OidcServer.Hr, "openid");
        var seen = await server.IntrospectAsync(OidcServer.Hr, tokens.AccessToken);
        Assert.True(seen.GetProperty("active").GetBoolean());
        Assert.Equal(signer.Thumbprint, seen.GetProperty("cnf").GetProperty("jkt").GetString());
        Assert.Equal("DPoP", seen.GetProperty("token_type").GetString());
    }

    [Fact]
    public async Task A_client_that_acts_for_itself_may_bind_its_token_too()
    {
        var caller = new DpopCaller(server, signer);
        using var answer = await caller.TokenAsync("gate-test", new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["scope"] = "verify" });
        var token = (await Tokens.ReadAsync(answer)).AccessToken;
        using var bearer = await SendAsync("POST", "/api/verify", "Bearer", token, proof: null);
        Assert.Equal(HttpStatusCode.Unauthorized, bearer.StatusCode);
        using var proved = await caller.CallAsync("POST", "/api/verify", token);
        Assert.NotEqual(HttpStatusCode.Unauthorized, proved.StatusCode);
    }

    public void Dispose()
    {
        signer.Dispose();
        stranger.Dispose();
    }

    private static FormUrlEncodedContent Form() => new(new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = "x", ["client_id"] = ProtocolServer.Bound });

    private static void Set(JsonObject part, string name, JsonNode? value)
    {
        if (value is null)
        {
            part.Remove(name);
        }
        else
        {
            part[name] = value;
        }
    }

    private async Task InvalidAsync(Action<JsonObject>? claims, Action<JsonObject>? header)
    {
        var caller = new DpopCaller(server, signer);
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["scope"] = "verify" };
        using var good = await caller.TokenAsync("gate-test", form);
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        using var answer = await caller.TokenAsync("gate-test", form, claims, header);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_dpop_proof"), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
    }

    private async Task<HttpResponseMessage> SendAsync(string method, string path, string scheme, string token, string? proof)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue(scheme, token);
        if (method == "POST")
        {
            request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
            request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
        }

        if (proof is not null)
        {
            request.Headers.Add("DPoP", proof);
        }

        return await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
