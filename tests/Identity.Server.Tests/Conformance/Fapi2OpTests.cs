using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Conformance;

/// <summary>
/// The plan <c>fapi2-security-profile-final-test-plan</c> in the variant private_key_jwt, DPoP, unsigned requests, plain_response,
/// openid_connect, plain_fapi. Its checks of TLS versions and ciphers are left out: TLS ends in the province's proxy.
/// </summary>
[Collection(Conformance.Name)]
public sealed class Fapi2OpTests(ConformanceServer suite) : IDisposable
{
    private readonly Browser browser = suite.Oidc.Server.OpenBrowser();
    private readonly FapiParty first = new(suite, ConformanceServer.Fapi, suite.FapiKey);
    private readonly FapiParty second = new(suite, ConformanceServer.SecondFapi, suite.SecondFapiKey);

    [Fact, Module("fapi2-security-profile-final-discovery-end-point-verification")]
    public async Task The_metadata_say_what_the_profile_asks_for()
    {
        var metadata = await ConfigOpTests.MetadataAsync(suite);
        string[] Of(string name) => [.. metadata.GetProperty(name).EnumerateArray().Select(value => value.GetString()!)];
        Assert.Contains("code", Of("response_types_supported"));
        Assert.True(metadata.GetProperty("authorization_response_iss_parameter_supported").GetBoolean());
        Assert.Equal(suite.Oidc.Issuer + "/connect/par", metadata.GetProperty("pushed_authorization_request_endpoint").GetString());
        Assert.True(metadata.GetProperty("require_pushed_authorization_requests").ValueKind is JsonValueKind.True or JsonValueKind.False);
        Assert.Contains("private_key_jwt", Of("token_endpoint_auth_methods_supported"));
        Assert.NotEmpty(Of("token_endpoint_auth_signing_alg_values_supported").Intersect(["PS256", "ES256", "EdDSA"]));
        Assert.DoesNotContain("none", Of("token_endpoint_auth_signing_alg_values_supported"));
        Assert.NotEmpty(Of("dpop_signing_alg_values_supported").Intersect(["PS256", "ES256", "EdDSA"]));
        Assert.Contains("openid", Of("scopes_supported"));
        Assert.Contains(Of("subject_types_supported"), type => type is "public" or "pairwise");
    }

    [Fact, Module("fapi2-security-profile-final-happy-flow")]
    public async Task Two_clients_go_through_and_neither_opens_anything_with_the_others_key()
    {
        var tokens = await first.FlowAsync(browser);
        using var inQuery = await suite.Oidc.Http.GetAsync(new Uri("/connect/userinfo?access_token=" + tokens.AccessToken, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.InRange((int)inQuery.StatusCode, 400, 499);
        foreach (var accept in new[] { null, "application/json;charset=utf-8", "application/json, application/*+json, */*" })
        {
            using var answer = await first.CallAsync(tokens.AccessToken, accept: accept);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var others = await second.FlowAsync(browser, second.Request().With("redirect_uri", ConformanceServer.AddressWithQuery));
        using var stolen = await first.CallAsync(others.AccessToken);
        Assert.True(stolen.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized);
    }

    [Fact, Module("fapi2-security-profile-final-user-rejects-authentication")]
    public async Task Who_refuses_is_sent_back_with_access_denied()
    {
        using var asking = new FapiParty(suite, ConformanceServer.AskingFapi, suite.FapiKey);
        var request = asking.Request("openid profile");
        var asked = await asking.ArriveAsync(browser, request);
        Assert.Empty(asked.Answer);
        using var refused = await browser.SubmitAsync(asked.Url, new Dictionary<string, string> { ["answer"] = "refuse" });
        var visit = await ConformanceServer.VisitAsync(browser, refused.Headers.Location!.OriginalString, request.Parameters["redirect_uri"]!, null);
        Checks.ErrorAtClient(suite, visit, request.Parameters["state"], "access_denied");
    }

    [Fact, Module("fapi2-security-profile-final-ensure-authorization-request-without-state-success")]
    public async Task Without_state_none_comes_back()
    {
        var request = first.Request().With("state", null);
        var visit = await first.ArriveAsync(browser, request);
        Assert.Equal(["code", "iss"], visit.Answer.Keys.Order());
        Checks.Random(visit.Code);
        await RedeemedAsync(first, request, visit);
    }

    [Theory]
    [InlineData("nonce", 0), Module("fapi2-security-profile-final-ensure-authorization-request-without-nonce-success")]
    [InlineData("nonce", 64), Module("fapi2-security-profile-final-ensure-authorization-request-with-64-char-nonce-success")]
    [InlineData("nonce", 384), Module("fapi2-security-profile-final-ensure-authorization-request-with-long-nonce")]
    [InlineData("state", 384), Module("fapi2-security-profile-final-ensure-authorization-request-with-long-state")]
    public async Task Long_values_and_none_come_back_as_they_were(string name, int length)
    {
        var request = first.Request().With(name, length == 0 ? null : string.Concat(Enumerable.Range(0, length).Select(i => (char)('A' + (i * 7 % 26)))));
        var visit = await first.ArriveAsync(browser, request);
        Assert.Equal(request.Parameters["state"], visit.Answer["state"]);
        await RedeemedAsync(first, request, visit);
    }

    [Fact, Module("fapi2-security-profile-final-ensure-other-scope-order-succeeds")]
    public async Task The_order_of_scopes_is_nothing() => await first.FlowAsync(browser, first.Request("offline_access profile openid"));

    [Fact, Module("fapi2-security-profile-final-test-claims-parameter-identity-claims")]
    public async Task Claims_that_are_asked_for_are_given_at_userinfo_and_unknown_ones_passed_over()
    {
        var request = first.Request().With("claims", """{"id_token":{"name":null,"q7w_unknown":null},"userinfo":{"name":{"essential":true},"x9_unknown":{"value":"v"}}}""");
        var tokens = await first.FlowAsync(browser, request);
        using var answer = await first.CallAsync(tokens.AccessToken);
        var claims = await Checks.UserInfoAsync(answer, tokens.IdClaims);
        Assert.Equal(["name", "sub"], claims.EnumerateObject().Select(claim => claim.Name).Order());
    }

    [Fact, Module("fapi2-security-profile-final-access-token-type-header-case-sensitivity")]
    public async Task The_schemes_letters_may_be_large_or_small()
    {
        var tokens = await first.FlowAsync(browser);
        using var answer = await first.CallAsync(tokens.AccessToken, scheme: "dpOp");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData(0, true), Module("fapi2-security-profile-final-check-dpop-proof-nbf-exp")]
    [InlineData(-10, false), Module("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-before-succeeds")]
    [InlineData(8, false), Module("fapi2-security-profile-final-ensure-dpopproof-with-iat-10seconds-after-succeeds")]
    public async Task A_clock_that_is_ten_seconds_off_is_no_fault_of_a_proof(int seconds, bool withLimits)
    {
        var now = suite.Clock.GetUtcNow().ToUnixTimeSeconds();
        void Change(JsonObject claims)
        {
            claims["iat"] = now + seconds;
            if (withLimits)
            {
                (claims["nbf"], claims["exp"]) = (now, now + 300);
            }
        }

        var request = first.Request();
        var visit = await first.ArriveAsync(browser, request, () => first.Proof("POST", "/connect/par", claims: Change));
        using var redeemed = await first.RedeemAsync(request, visit.Code, proof: () => first.Proof("POST", "/connect/token", claims: Change));
        var tokens = await Checks.TokenResponseAsync(redeemed, "DPoP");
        using var answer = await first.CallAsync(tokens.AccessToken, () => [first.Proof("GET", "/connect/userinfo", tokens.AccessToken, Change)]);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact, Module("fapi2-security-profile-final-ensure-mismatched-dpop-jkt-fails")]
    public async Task Dpop_jkt_of_another_key_is_refused_when_it_is_pushed()
    {
        using var other = new Signer();
        using var answer = await first.PushAsync(first.Request().With("dpop_jkt", other.Thumbprint));
        await Checks.ErrorAsync(answer, "invalid_request", "invalid_dpop_proof");
    }

    [Theory]
    [InlineData(true), Module("fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt")]
    [InlineData(false), Module("fapi2-security-profile-final-ensure-token-endpoint-fails-with-mismatched-dpop-jkt")]
    public async Task A_code_that_is_bound_to_a_key_is_refused_to_another(bool byProof)
    {
        using var other = new Signer();
        var request = first.Request();
        var visit = byProof
            ? await first.ArriveAsync(browser, request)
            : await first.ArriveAsync(browser, request.With("dpop_jkt", first.Holder.Thumbprint), () => null);
        using var answer = await first.RedeemAsync(request, visit.Code, proof: () => first.Proof("POST", "/connect/token", by: other));
        await Checks.ErrorAsync(answer, "invalid_request", "invalid_grant", "invalid_dpop_proof");
    }

    [Theory]
    [InlineData(false), Module("fapi2-security-profile-final-ensure-dpopproof-at-par-endpoint-binding-success")]
    [InlineData(true), Module("fapi2-security-profile-final-ensure-dpop-auth-code-binding-success")]
    public async Task A_code_that_is_bound_to_a_key_is_given_for_it(bool named)
    {
        var request = first.Request();
        await first.FlowAsync(browser, named ? request.With("dpop_jkt", first.Holder.Thumbprint) : request);
    }

    [Theory]
    [InlineData("nonce"), Module("fapi2-security-profile-final-ensure-different-nonce-inside-and-outside-request-object")]
    [InlineData("state"), Module("fapi2-security-profile-final-ensure-different-state-inside-and-outside-request-object")]
    [InlineData("added"), Module("fapi2-security-profile-final-state-only-outside-request-object-not-used")]
    public async Task What_stands_beside_the_request_uri_counts_for_nothing(string which)
    {
        var request = first.Request();
        if (which == "added")
        {
            request.With("state", null);
        }

        var address = await first.AddressAsync(request) + (which == "nonce" ? "&nonce=other" : "&state=other");
        var visit = await ConformanceServer.VisitAsync(browser, address, request.Parameters["redirect_uri"]!, await suite.AddPersonAsync());
        Assert.Equal(request.Parameters["state"], visit.Answer.GetValueOrDefault("state"));
        await RedeemedAsync(first, request, visit);
    }

    [Theory]
    [InlineData("redirect_uri", null, "invalid_request")]
    [InlineData("redirect_uri", "https://suite-fapi.example/callback/bad", "invalid_request")]
    [InlineData("response_type", "code id_token", "unsupported_response_type invalid_request unauthorized_client")]
    [InlineData("response_type", "token", "unsupported_response_type invalid_request unauthorized_client")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("request_uri", "urn:ietf:params:oauth:request_uri:bwc4JK-ESC0w8acc191e-Y1LTC2", "invalid_request invalid_request_object request_uri_not_supported")]
    [Module("fapi2-security-profile-final-ensure-request-object-without-redirect-uri-fails")]
    [Module("fapi2-security-profile-final-ensure-redirect-uri-in-authorization-request")]
    [Module("fapi2-security-profile-final-plain-fapi-tolerate-unregistered-redirect-uri")]
    [Module("fapi2-security-profile-final-ensure-response-type-code-idtoken-fails")]
    [Module("fapi2-security-profile-final-ensure-response-type-token-fails")]
    [Module("fapi2-security-profile-final-par-ensure-pkce-required")]
    [Module("fapi2-security-profile-final-par-plain-pkce-rejected")]
    [Module("fapi2-security-profile-final-par-authorization-request-containing-request_uri-form-param")]
    public async Task What_the_profile_does_not_have_is_refused_when_it_is_pushed(string name, string? value, string errors)
    {
        var request = first.Request().With(name, value);
        if (value == "plain")
        {
            request.With("code_challenge", request.Verifier);
        }

        using var answer = await first.PushAsync(request);
        await Checks.ErrorAsync(answer, errors.Split(' '));
    }

    [Fact, Module("fapi2-security-profile-final-ensure-unsigned-authorization-request-without-using-par-fails")]
    public async Task A_request_in_the_address_is_refused()
    {
        var request = first.Request();
        Checks.ErrorAtClient(suite, await ConformanceServer.VisitAsync(browser, request.Url, request.Parameters["redirect_uri"]!, null), request.Parameters["state"], "invalid_request");
    }

    [Fact, Module("fapi2-security-profile-final-ensure-client-id-in-token-endpoint")]
    public async Task Another_clients_id_beside_the_own_assertion_is_refused()
    {
        var (request, code) = await CodeAsync();
        using var answer = await first.PostAsync("/connect/token", FapiParty.CodeForm(request, code).Append(new("client_id", second.ClientId)));
        await Checks.ErrorAsync(answer, "invalid_client", "invalid_grant");
    }

    [Fact, Module("fapi2-security-profile-final-ensure-holder-of-key-required")]
    public async Task Without_a_proof_there_is_no_token()
    {
        var (request, code) = await CodeAsync();
        using var answer = await first.RedeemAsync(request, code, proof: () => null);
        await Checks.ErrorAsync(answer, "invalid_dpop_proof", "invalid_request");
    }

    [Fact, Module("fapi2-security-profile-final-ensure-authorization-code-is-bound-to-client")]
    public async Task A_code_is_good_for_its_client_alone()
    {
        var (request, code) = await CodeAsync();
        using var answer = await second.RedeemAsync(request, code);
        await Checks.ErrorAsync(answer, "invalid_grant");
    }

    [Fact, Module("fapi2-security-profile-final-attempt-reuse-authorization-code-after-one-second")]
    public async Task A_code_that_comes_again_is_refused_and_takes_the_access_token_with_it()
    {
        var (request, code) = await CodeAsync();
        using var redeemed = await first.RedeemAsync(request, code);
        var tokens = await Checks.TokenResponseAsync(redeemed, "DPoP");
        suite.Clock.Advance(TimeSpan.FromSeconds(1));
        using var again = await first.RedeemAsync(request, code);
        await Checks.ErrorAsync(again, "invalid_grant");
        using var call = await first.CallAsync(tokens.AccessToken);
        Assert.InRange((int)call.StatusCode, 400, 499);
    }

    [Fact, Module("fapi2-security-profile-final-ensure-token-endpoint-fails-with-expired-auth-code")]
    public async Task A_code_is_too_old_after_62_seconds()
    {
        var (request, code) = await CodeAsync();
        suite.Clock.Advance(TimeSpan.FromSeconds(62));
        using var answer = await first.RedeemAsync(request, code);
        await Checks.ErrorAsync(answer, "invalid_grant");
    }

    [Fact, Module("fapi2-security-profile-final-ensure-signed-client-assertion-with-RS256-fails")]
    public async Task RS256_proves_no_client()
    {
        // The second client's key is an RSA key, which could.
        using var key = new Signer("RS256", "k2");
        var request = second.Request();
        var visit = await second.ArriveAsync(browser, request);
        using var answer = await second.RedeemAsync(request, visit.Code, () => second.Assertion(by: key));
        await Checks.ErrorAsync(answer, "invalid_client");
    }

    [Theory]
    [InlineData("absent"), Module("fapi2-security-profile-final-ensure-client-assertion-in-token-endpoint")]
    [InlineData("expired"), Module("fapi2-security-profile-final-ensure-client-assertion-with-exp-is-5-minutes-in-past-fails")]
    [InlineData("aud"), Module("fapi2-security-profile-final-ensure-client-assertion-with-wrong-aud-fails")]
    [InlineData("sub"), Module("fapi2-security-profile-final-ensure-client-assertion-with-no-sub-fails")]
    public async Task An_assertion_that_is_not_right_gets_no_tokens(string fault)
    {
        var (request, code) = await CodeAsync();
        using var answer = await first.RedeemAsync(request, code, () => fault == "absent" ? null : first.Assertion(claims =>
        {
            switch (fault)
            {
                case "expired":
                    claims["exp"] = suite.Clock.GetUtcNow().ToUnixTimeSeconds() - 300;
                    break;
                case "aud":
                    claims["aud"] = "https://other.example/";
                    break;
                default:
                    claims.Remove("sub");
                    break;
            }
        }));
        await Checks.ErrorAsync(answer, "invalid_client", "invalid_request");
    }

    [Fact, Module("fapi2-security-profile-final-dpop-negative-tests")]
    public async Task Each_fault_of_a_proof_is_refused_and_a_right_one_still_works()
    {
        var tokens = await first.FlowAsync(browser);
        var token = tokens.AccessToken;
        string Good(Action<JsonObject>? claims = null, Action<JsonObject>? header = null, Signer? by = null) => first.Proof("GET", "/connect/userinfo", token, claims, header, by);
        using var other = new Signer();
        var now = suite.Clock.GetUtcNow().ToUnixTimeSeconds();
        var refused = new Dictionary<string, Func<IEnumerable<string>>>
        {
            ["two proofs"] = () => [Good(), Good()],
            ["no JWT"] = () => ["x" + Good().Replace('.', ':')],
            ["no typ"] = () => [Good(header: header => header.Remove("typ"))],
            ["no alg"] = () => [Good(header: header => header.Remove("alg"))],
            ["no jwk"] = () => [Good(header: header => header.Remove("jwk"))],
            ["no jti"] = () => [Good(claims => claims.Remove("jti"))],
            ["no htm"] = () => [Good(claims => claims.Remove("htm"))],
            ["no htu"] = () => [Good(claims => claims.Remove("htu"))],
            ["no iat"] = () => [Good(claims => claims.Remove("iat"))],
            ["no ath"] = () => [Good(claims => claims.Remove("ath"))],
            ["another typ"] = () => [Good(header: header => header["typ"] = "JWT")],
            ["alg none"] = () => [FapiParty.Unsigned(Good())],
            ["a wrong signature"] = () => [Good() is var proof ? proof[..^10] + (proof[^10] == 'A' ? "B" : "A") + proof[^9..] : ""],
            ["a private key"] = () => [Good(header: header => header["jwk"]!["d"] = first.Holder.PrivateMember)],
            ["another method"] = () => [Good(claims => claims["htm"] = "PUT")],
            ["another address"] = () => [Good(claims => claims["htu"] = suite.Oidc.Issuer + "/connect/other")],
            ["another token's digest"] = () => [Good(claims => claims["ath"] = "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo")],
            ["another key"] = () => [Good(by: other)],
            ["an hour ahead"] = () => [Good(claims => claims["iat"] = now + 3600)],
            ["no proof"] = () => [],
        };
        foreach (var (what, proofs) in refused)
        {
            using var answer = await first.CallAsync(token, proofs);
            Assert.True(answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized, $"{what}: {answer.StatusCode}");
        }

        using var bearer = await first.CallAsync(token, () => [], "Bearer");
        Assert.True(bearer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized);

        var once = Good();
        using var used = await first.CallAsync(token, () => [once]);
        Assert.Equal(HttpStatusCode.OK, used.StatusCode);
        using var again = await first.CallAsync(token, () => [once]);
        Assert.True(again.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized);

        var taken = new Dictionary<string, Func<IEnumerable<string>>>
        {
            ["query and fragment in htu"] = () => [Good(claims => claims["htu"] = suite.Oidc.Issuer + "/connect/userinfo?a=b#c")],
            ["members that nobody knows"] = () => [Good(claims => claims["x"] = "y", header => header["z"] = 1)],
            ["large letters in scheme and host"] = () => [Good(claims => claims["htu"] = suite.Oidc.Issuer.ToUpperInvariant() + "/connect/userinfo")],
            ["nothing wrong"] = () => [Good()],
        };
        foreach (var (what, proofs) in taken)
        {
            using var answer = await first.CallAsync(token, proofs);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{what}: {answer.StatusCode} {answer.Headers.WwwAuthenticate}");
        }

        using var withQuery = await first.CallAsync(token, query: "?dummy1=lorem");
        Assert.Equal(HttpStatusCode.OK, withQuery.StatusCode);
    }

    [Fact, Module("fapi2-security-profile-final-refresh-token")]
    public async Task A_refresh_token_needs_its_client_and_a_proof_and_does_not_rotate()
    {
        var tokens = await first.FlowAsync(browser);
        var before = tokens.IdClaims;
        var form = new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.RefreshToken!, ["scope"] = FapiParty.Scope };
        suite.Clock.Advance(TimeSpan.FromSeconds(1));

        // Another key each time: the client proves itself, so its refresh token is bound to it and not to a key (RFC 9449 5).
        using var newHolder = new Signer();
        using var refreshed = await first.PostAsync("/connect/token", form, proof: () => first.Proof("POST", "/connect/token", by: newHolder));
        var renewed = await Checks.TokenResponseAsync(refreshed, "DPoP");
        Assert.True(renewed.RefreshToken is null || renewed.RefreshToken == tokens.RefreshToken);
        Assert.NotEqual(tokens.AccessToken, renewed.AccessToken);
        using var opened = await first.CallAsync(renewed.AccessToken, () => [first.Proof("GET", "/connect/userinfo", renewed.AccessToken, by: newHolder)]);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        if (renewed.IdToken is not null)
        {
            foreach (var same in new[] { "iss", "sub", "aud", "auth_time" })
            {
                Assert.Equal(before.GetProperty(same).ToString(), renewed.IdClaims.GetProperty(same).ToString());
            }
        }

        using var unproved = await first.PostAsync("/connect/token", form, assertion: () => null);
        await Checks.ErrorAsync(unproved, "invalid_client", "invalid_grant", "invalid_request");
        using var unbound = await first.PostAsync("/connect/token", form, proof: () => null);
        await Checks.ErrorAsync(unbound, "invalid_request", "invalid_grant", "invalid_dpop_proof");

        var others = await second.FlowAsync(browser);
        using var stolen = await first.PostAsync("/connect/token", new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = others.RefreshToken! });
        await Checks.ErrorAsync(stolen, "invalid_grant");
    }

    [Fact, Module("fapi2-security-profile-final-par-ensure-reused-request-uri-prior-to-auth-completion-succeeds")]
    public async Task A_request_uri_may_be_opened_again_until_somebody_has_signed_in()
    {
        var request = first.Request();
        var address = await first.AddressAsync(request);
        var looked = await ConformanceServer.VisitAsync(browser, address, request.Parameters["redirect_uri"]!, null);
        Assert.Empty(looked.Answer);
        await RedeemedAsync(first, request, await ConformanceServer.VisitAsync(browser, address, request.Parameters["redirect_uri"]!, await suite.AddPersonAsync()));
    }

    [Fact, Module("fapi2-security-profile-final-par-attempt-reuse-request_uri")]
    public async Task A_request_uri_leads_to_one_code()
    {
        var request = first.Request();
        var address = await first.AddressAsync(request);
        await RedeemedAsync(first, request, await ConformanceServer.VisitAsync(browser, address, request.Parameters["redirect_uri"]!, await suite.AddPersonAsync()));
        Ended(await ConformanceServer.VisitAsync(browser, address, request.Parameters["redirect_uri"]!, await suite.AddPersonAsync()));
    }

    [Fact, Module("fapi2-security-profile-final-par-attempt-to-use-expired-request_uri")]
    public async Task A_request_uri_is_too_old_after_what_was_said()
    {
        var request = first.Request();
        using var pushed = await first.PushAsync(request);
        var json = JsonSerializer.Deserialize<JsonElement>(await pushed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.InRange(json.GetProperty("expires_in").GetInt32(), 5, 600);
        suite.Clock.Advance(TimeSpan.FromSeconds(json.GetProperty("expires_in").GetInt32() + 1));
        Ended(await ConformanceServer.VisitAsync(browser, FapiParty.AddressOf(first.ClientId, json.GetProperty("request_uri").GetString()!), request.Parameters["redirect_uri"]!, await suite.AddPersonAsync()));
    }

    [Fact, Module("fapi2-security-profile-final-par-attempt-to-use-request_uri-for-different-client")]
    public async Task A_request_uri_is_good_for_its_client_alone()
    {
        var address = (await first.AddressAsync(first.Request())).Replace($"client_id={first.ClientId}", $"client_id={second.ClientId}", StringComparison.Ordinal);
        Ended(await ConformanceServer.VisitAsync(browser, address, "https://", await suite.AddPersonAsync()));
    }

    [Theory]
    [InlineData(8, true), Module("fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted")]
    [InlineData(65, false), Module("fapi2-security-profile-final-par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails")]
    public async Task A_clients_clock_may_be_eight_seconds_ahead_and_not_a_minute(int seconds, bool taken)
    {
        var then = suite.Clock.GetUtcNow().ToUnixTimeSeconds() + seconds;
        using var answer = await first.PushAsync(first.Request(), () => first.Assertion(claims => (claims["iat"], claims["nbf"], claims["exp"]) = (then, then, then + 60)));
        if (taken)
        {
            Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        }
        else
        {
            await Checks.ErrorAsync(answer, "invalid_client", "invalid_request");
        }
    }

    [Theory]
    [InlineData("array"), Module("fapi2-security-profile-final-par-test-array-as-audience-fails")]
    [InlineData("/connect/par"), Module("fapi2-security-profile-final-par-test-par-endpoint-url-as-audience-fails")]
    [InlineData("/connect/token"), Module("fapi2-security-profile-final-par-test-token-endpoint-url-as-audience-fails")]
    public async Task The_audience_is_the_issuer_and_nothing_else(string audience)
    {
        using var answer = await first.PushAsync(first.Request(), () => first.Assertion(claims =>
            claims["aud"] = audience == "array" ? new JsonArray(suite.Oidc.Issuer, "https://other.example") : suite.Oidc.Issuer + audience));
        await Checks.ErrorAsync(answer, "invalid_client", "invalid_request");
    }

    [Fact, Module("fapi2-security-profile-final-par-attempt-invalid-http-method")]
    public async Task PAR_is_POST_and_nothing_else()
    {
        var form = first.Request().Parameters.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Key, p.Value!))
            .Concat([new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"), new("client_assertion", first.Assertion())]);
        using var request = new HttpRequestMessage(HttpMethod.Put, "/connect/par") { Content = new FormUrlEncodedContent(form) };
        using var answer = await suite.Oidc.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.DoesNotContain("request_uri", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null), Module("fapi2-security-profile-final-ensure-pkce-code-verifier-required")]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"), Module("fapi2-security-profile-final-incorrect-pkce-code-verifier-rejected")]
    public async Task A_code_needs_its_verifier(string? verifier)
    {
        var (request, code) = await CodeAsync();
        var form = FapiParty.CodeForm(request, code);
        form.Remove("code_verifier");
        if (verifier is not null)
        {
            form["code_verifier"] = verifier;
        }

        using var answer = await first.PostAsync("/connect/token", form);
        await Checks.ErrorAsync(answer, "invalid_grant");
    }

    [Fact, Module("fapi2-security-profile-final-par-without-duplicate-parameters")]
    public async Task Client_id_and_request_uri_are_enough() => await first.FlowAsync(browser);

    public void Dispose()
    {
        browser.Dispose();
        first.Dispose();
        second.Dispose();
    }

    private static void Ended(Visit visit)
    {
        Assert.DoesNotContain("code", visit.Answer.Keys);
        Assert.Equal((int)HttpStatusCode.BadRequest, visit.Status);
    }

    private async Task<(AuthorizationRequest Request, string Code)> CodeAsync()
    {
        var request = first.Request();
        return (request, (await first.ArriveAsync(browser, request)).Code);
    }

    private async Task RedeemedAsync(FapiParty party, AuthorizationRequest request, Visit visit)
    {
        using var answer = await party.RedeemAsync(request, visit.Code);
        await Checks.IdTokenAsync(suite, party.ClientId, await Checks.TokenResponseAsync(answer, "DPoP"), request.Parameters["nonce"]);
    }
}
