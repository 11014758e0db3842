using System.Net;
using System.Text.Json.Nodes;
using Identity.Server.Clients;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 7523 with RFC 7521 and OpenID Connect Core 9, <c>private_key_jwt</c>: for this issuer, for minutes, once.</summary>
[Collection(Protocols.Name)]
public sealed class Rfc7523ClientAssertionTests(ProtocolServer protocols)
{
    private const string Type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task A_client_with_keys_gets_its_token_with_either_of_them()
    {
        foreach (var signer in new[] { protocols.First, protocols.Second })
        {
            using var answer = await SendAsync(signer.Assertion(ProtocolServer.Keys, server.Issuer));
            Assert.Equal(ProtocolServer.Keys, Tokens.ClaimsOf((await Tokens.ReadAsync(answer)).AccessToken).GetProperty("client_id").GetString());
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("JWT")]
    [InlineData("client-authentication+jwt")]
    public async Task The_types_that_libraries_send_are_taken(string? type)
    {
        using var answer = await SendAsync(protocols.First.Assertion(ProtocolServer.Keys, server.Issuer, header: header => Set(header, "typ", type)));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task It_works_without_a_client_id_and_a_kid()
    {
        using var answer = await SendAsync(protocols.First.Assertion(ProtocolServer.Keys, server.Issuer, header: header => header.Remove("kid")), clientId: null);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("/connect/introspect")]
    [InlineData("/connect/revoke")]
    public async Task It_proves_the_client_at_the_other_endpoints_too(string path)
    {
        using var answer = await SendAsync(protocols.First.Assertion(ProtocolServer.Keys, server.Issuer), path, ("token", "x"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>CVE-2025-27370, GHSA-925x-4h4v-2792: an assertion for another server, or for two, must be worth nothing here.</summary>
    [Theory]
    [InlineData("\"{issuer}/connect/token\"")]
    [InlineData("\"{issuer}/connect/par\"")]
    [InlineData("\"{issuer}/\"")]
    [InlineData("\"{ISSUER}\"")]
    [InlineData("\"{issuer} \"")]
    [InlineData("\"https://other.example\"")]
    [InlineData("[\"{issuer}\"]")]
    [InlineData("[\"{issuer}\",\"https://other.example\"]")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"\"")]
    [InlineData("null")]
    public async Task Any_audience_but_the_issuer_as_a_string_is_refused(string audience)
    {
        var value = audience.Replace("{issuer}", server.Issuer, StringComparison.Ordinal).Replace("{ISSUER}", server.Issuer.ToUpperInvariant(), StringComparison.Ordinal);
        await RefusedAsync(protocols.First.Assertion(ProtocolServer.Keys, server.Issuer, claims => claims["aud"] = JsonNode.Parse(value)));
    }

    [Fact]
    public async Task One_that_was_used_is_refused_also_at_another_endpoint()
    {
        var assertion = protocols.First.Assertion(ProtocolServer.Keys, server.Issuer);
        using var first = await SendAsync(assertion);
        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        await RefusedAsync(assertion);
        using var elsewhere = await SendAsync(assertion, "/connect/introspect", ("token", "x"));
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(elsewhere));
    }

    [Fact]
    public async Task One_that_came_with_a_proof_without_our_nonce_still_counts_once_RFC9449_8()
    {
        var assertion = protocols.First.Assertion(ProtocolServer.Keys, server.Issuer);
        using var key = new Signer();
        string? nonce = null;
        async Task<HttpResponseMessage> TryAsync()
        {
            var answer = await SendAsync(assertion, proof: key.Proof("POST", server.Issuer + "/connect/token", nonce));
            nonce = DpopTries.NonceOf(answer, nonce);
            return answer;
        }

        using var told = await TryAsync();
        Assert.Equal("use_dpop_nonce", await OidcServer.ErrorOfAsync(told));
        using var again = await TryAsync();
        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        using var once = await TryAsync();
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(once));
    }

    [Fact]
    public async Task Of_many_at_the_same_time_with_one_jti_one_counts()
    {
        var assertion = protocols.First.Assertion(ProtocolServer.Keys, server.Issuer);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => SendAsync(assertion)));
        Assert.Equal(1, answers.Count(answer => answer.IsSuccessStatusCode));
        Array.ForEach(answers, answer => answer.Dispose());
    }

    [Theory]
    [InlineData("exp", -1)]
    [InlineData("exp", 3600)]
    [InlineData("iat", 120)]
    [InlineData("nbf", 120)]
    public async Task Times_that_are_past_far_or_ahead_are_refused(string claim, int seconds) =>
        await RefusedAsync(protocols.First.Assertion(ProtocolServer.Keys, server.Issuer, claims => claims[claim] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + seconds));

    [Theory]
    [InlineData("exp", null)]
    [InlineData("exp", "\"2000000000\"")]
    [InlineData("exp", "[1]")]
    [InlineData("iat", "\"now\"")]
    [InlineData("jti", null)]
    [InlineData("jti", "\"\"")]
    [InlineData("jti", "7")]
    [InlineData("iss", null)]
    [InlineData("iss", "\"portal-hr\"")]
    [InlineData("sub", null)]
    [InlineData("sub", "\"portal-hr\"")]
    [InlineData("sub", "[\"keys\"]")]
    public async Task A_claim_that_is_missing_or_of_a_wrong_kind_is_refused(string claim, string? value) =>
        await RefusedAsync(protocols.First.Assertion(ProtocolServer.Keys, server.Issuer, claims => Set(claims, claim, value is null ? null : JsonNode.Parse(value))));

    [Theory]
    [InlineData("typ", "\"at+jwt\"")]
    [InlineData("typ", "\"dpop+jwt\"")]
    [InlineData("typ", "\"logout+jwt\"")]
    [InlineData("alg", "\"none\"")]
    [InlineData("alg", "\"HS256\"")]
    [InlineData("alg", "\"RS256\"")]
    [InlineData("alg", "\"PS256\"")]
    [InlineData("alg", "\"ES384\"")]
    [InlineData("kid", "\"k2\"")]
    [InlineData("kid", "\"../../k1\"")]
    [InlineData("crit", "[\"exp\"]")]
    [InlineData("jku", "\"https://evil.example/keys\"")]
    [InlineData("x5u", "\"https://evil.example/key\"")]
    [InlineData("b64", "false")]
    public async Task A_header_that_says_something_else_is_refused(string name, string value) =>
        await RefusedAsync(protocols.First.Assertion(ProtocolServer.Keys, server.Issuer, header: header => header[name] = JsonNode.Parse(value)));

    [Fact]
    public async Task A_strangers_key_is_refused_also_when_the_header_brings_it()
    {
        using var stranger = new Signer();
        await RefusedAsync(stranger.Assertion(ProtocolServer.Keys, server.Issuer));
        await RefusedAsync(stranger.Assertion(ProtocolServer.Keys, server.Issuer, header: header => header["jwk"] = stranger.PublicJwk));
    }

    [Fact]
    public async Task An_unknown_client_and_a_wrong_key_read_alike()
    {
        using var stranger = new Signer();
        using var wrongKey = await SendAsync(stranger.Assertion(ProtocolServer.Keys, server.Issuer));
        using var unknown = await SendAsync(stranger.Assertion("nobody", server.Issuer), clientId: "nobody");
        using var hasNone = await SendAsync(stranger.Assertion(OidcServer.Hr, server.Issuer), clientId: OidcServer.Hr);
        var text = await wrongKey.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(text, await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(text, await hasNone.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("e30.e30.")]
    [InlineData("e30.e30.e30.e30.e30")]
    // Half a character, in the header and in what it says.
    [InlineData("eyJhbGciOiJFUzI1NiIsInR5cCI6Ilx1ZDgwMCJ9.e30.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJcdWQ4MDAiLCJzdWIiOiJcdWQ4MDAifQ.eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eA")]
    public async Task What_is_no_assertion_is_refused(string text) => await RefusedAsync(text);

    [Fact]
    public async Task A_second_way_to_prove_oneself_beside_it_is_refused_RFC6749_2_3()
    {
        using var answer = await SendAsync(protocols.First.Assertion(ProtocolServer.Keys, server.Issuer), more: ("client_secret", "keys-test-secret-00"));
        Assert.Equal("invalid_request", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task A_client_with_keys_cannot_prove_itself_with_a_secret_or_with_nothing()
    {
        foreach (var secret in new[] { "", "keys-test-secret-00" })
        {
            using var body = new FormUrlEncodedContent(new Dictionary<string, string> { ["token"] = "x", ["client_id"] = ProtocolServer.Keys, [secret.Length > 0 ? "client_secret" : "ignored"] = secret });
            using var answer = await server.Http.PostAsync(new Uri("/connect/revoke", UriKind.Relative), body, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
        }
    }

    [Fact]
    public async Task Another_type_of_assertion_is_refused()
    {
        foreach (var type in new[] { "urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "jwt", "JWT-BEARER" })
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = ProtocolServer.Keys,
                ["client_assertion_type"] = type,
                ["client_assertion"] = protocols.First.Assertion(ProtocolServer.Keys, server.Issuer),
            });
            using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
            Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(answer));
        }
    }

    [Fact]
    public void A_registration_with_unusable_or_private_keys_is_refused()
    {
        using var signer = new Signer();
        var withPrivate = signer.PublicJwk;
        withPrivate["d"] = signer.PrivateMember;
        var onNoCurve = signer.PublicJwk;
        onNoCurve["y"] = onNoCurve["x"]!.GetValue<string>();
        var sets = new[]
        {
            "", "{}", "[]", """{"keys":[]}""", """{"keys":[{"kty":"oct","k":"AAAA"}]}""", """{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}""",
            new JsonObject { ["keys"] = new JsonArray(withPrivate) }.ToJsonString(),
            new JsonObject { ["keys"] = new JsonArray(onNoCurve) }.ToJsonString(),
            Signer.Jwks(signer, signer),
        };
        Assert.All(sets, set => Assert.NotEmpty(ClientRules.FaultsOf(new ClientSettings { Id = "c", Name = "c", ClientCredentials = true, Jwks = set })));
        Assert.Empty(ClientRules.FaultsOf(new ClientSettings { Id = "c", Name = "c", ClientCredentials = true, Jwks = Signer.Jwks(signer) }));
        Assert.NotEmpty(ClientRules.FaultsOf(new ClientSettings { Id = "c", Name = "c", ClientCredentials = true, Jwks = Signer.Jwks(signer), Secret = "0123456789abcdef" }));
    }

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

    private async Task RefusedAsync(string assertion)
    {
        using var answer = await SendAsync(assertion);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
    }

    private async Task<HttpResponseMessage> SendAsync(string assertion, string path = "/connect/token", (string Name, string Value)? more = null, string? clientId = ProtocolServer.Keys, string? proof = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_assertion_type"] = Type, ["client_assertion"] = assertion };
        if (clientId is not null)
        {
            form["client_id"] = clientId;
        }

        if (more is var (name, value))
        {
            form[name] = value;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        if (proof is not null)
        {
            request.Headers.Add("DPoP", proof);
        }

        return await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
