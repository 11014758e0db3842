using System.Net;
using System.Text;
using System.Text.Json;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Conformance;

/// <summary>
/// The plan <c>oidcc-basic-certification-test-plan</c>: response_type code, client_secret_basic. The suite sends no PKCE but in one module;
/// here every request has it, because this server asks it of every client.
/// </summary>
[Collection(Conformance.Name)]
public sealed class BasicOpTests(ConformanceServer suite) : IDisposable
{
    private static readonly string[] NeedsAPage = ["interaction_required", "login_required", "account_selection_required", "consent_required"];

    private readonly Browser browser = suite.Oidc.Server.OpenBrowser();

    [Fact, Module("oidcc-server")]
    public async Task The_whole_flow()
    {
        var request = Request();
        var visit = await ArriveAsync(request);
        Assert.Equal((request.Parameters["state"], suite.Oidc.Issuer), (visit.Answer["state"], visit.Answer["iss"]));
        Checks.Random(visit.Code);
        using var redeemed = await request.RedeemAsync(visit.Code);
        var tokens = await Checks.TokenResponseAsync(redeemed);
        var claims = await Checks.IdTokenAsync(suite, request.ClientId, tokens, request.Parameters["nonce"]);
        using var userInfo = await suite.Oidc.UserInfoAsync(tokens.AccessToken);
        await Checks.UserInfoAsync(userInfo, claims);

        // The suite's list of what an identity token may say unasked.
        Assert.Empty(claims.EnumerateObject().Select(claim => claim.Name).Except(
            ["iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "sid", "jti", "nbf", "oi_au_id", "oi_tkn_id"]));
    }

    [Fact, Module("oidcc-response-type-missing")]
    public async Task A_request_without_response_type_is_refused()
    {
        var request = Request().With("response_type", null);
        Checks.ErrorAtClient(suite, await VisitAsync(request), request.Parameters["state"], "unsupported_response_type", "invalid_request");
    }

    [Fact, Module("oidcc-idtoken-signature")]
    public async Task An_identity_token_is_signed_with_RS256_for_a_client_that_reads_nothing_else()
    {
        var request = suite.Oidc.Request(ConformanceServer.Rsa, "openid");
        using var redeemed = await request.RedeemAsync((await ArriveAsync(request)).Code);
        await Checks.IdTokenAsync(suite, request.ClientId, await Checks.TokenResponseAsync(redeemed), request.Parameters["nonce"], "RS256");
    }

    [Fact, Module("oidcc-userinfo-get")]
    public async Task Userinfo_answers_GET()
    {
        var (tokens, claims) = await FlowAsync(Request());
        using var answer = await suite.Oidc.UserInfoAsync(tokens.AccessToken);
        await Checks.UserInfoAsync(answer, claims);
    }

    [Fact, Module("oidcc-userinfo-post-header")]
    public async Task Userinfo_answers_POST_with_the_token_in_a_header()
    {
        var (tokens, claims) = await FlowAsync(Request());
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/userinfo");
        request.Headers.Authorization = new("Bearer", tokens.AccessToken);
        using var answer = await suite.Oidc.Http.SendAsync(request, TestContext.Current.CancellationToken);
        await Checks.UserInfoAsync(answer, claims);
    }

    [Fact, Module("oidcc-userinfo-post-body")]
    public async Task Userinfo_answers_POST_with_the_token_in_the_body_or_refuses_it_as_a_client_error()
    {
        var (tokens, claims) = await FlowAsync(Request());
        using var form = new FormUrlEncodedContent([new("access_token", tokens.AccessToken)]);
        using var answer = await suite.Oidc.Http.PostAsync(new Uri("/connect/userinfo", UriKind.Relative), form, TestContext.Current.CancellationToken);
        await Checks.UserInfoAsync(answer, claims);
    }

    [Fact, Module("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")]
    public async Task A_request_without_nonce_succeeds_and_none_comes_back()
    {
        var (_, claims) = await FlowAsync(Request().With("nonce", null));
        Assert.False(claims.TryGetProperty("nonce", out _));
    }

    [Fact, Module("oidcc-scope-profile")]
    public async Task Scope_profile_gives_the_name_at_userinfo_and_not_in_the_identity_token()
    {
        var (tokens, claims) = await FlowAsync(Request("openid profile"));
        using var answer = await suite.Oidc.UserInfoAsync(tokens.AccessToken);
        Assert.Equal("张小敏", (await Checks.UserInfoAsync(answer, claims)).GetProperty("name").GetString());
    }

    [Fact, Module("oidcc-alternate-happy-flow")]
    public async Task The_order_of_scopes_and_parameters_is_nothing()
    {
        var request = Request("profile openid");
        var url = "/connect/authorize?" + string.Join('&', request.Parameters.Where(p => p.Value is not null).Reverse().Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value!)}"));
        var visit = await ConformanceServer.VisitAsync(browser, url, request.Parameters["redirect_uri"]!, await suite.AddPersonAsync());
        using var redeemed = await request.RedeemAsync(visit.Code);
        await Checks.IdTokenAsync(suite, request.ClientId, await Checks.TokenResponseAsync(redeemed), request.Parameters["nonce"]);
    }

    [Theory]
    [InlineData("display", "page"), Module("oidcc-display-page")]
    [InlineData("display", "popup"), Module("oidcc-display-popup")]
    [InlineData("extra", "foobar"), Module("oidcc-ensure-request-with-unknown-parameter-succeeds")]
    [InlineData("login_hint", "buffy@issuer.example"), Module("oidcc-login-hint")]
    [InlineData("ui_locales", "se"), Module("oidcc-ui-locales")]
    [InlineData("claims_locales", "se"), Module("oidcc-claims-locales")]
    public async Task A_parameter_that_may_be_passed_over_is_no_error(string name, string value)
    {
        var request = Request().With(name, value);
        var visit = await ArriveAsync(request);
        Assert.Equal(["sign-in"], visit.Pages);
        using var redeemed = await request.RedeemAsync(visit.Code);
        await Checks.IdTokenAsync(suite, request.ClientId, await Checks.TokenResponseAsync(redeemed), request.Parameters["nonce"]);
    }

    [Fact, Module("oidcc-prompt-login")]
    public async Task Prompt_login_asks_again_and_auth_time_moves_on()
    {
        var account = await suite.AddPersonAsync();
        var (_, first) = await FlowAsync(Request(), account);
        suite.Clock.Advance(TimeSpan.FromSeconds(1));
        var request = Request().With("prompt", "login");
        var visit = await VisitAsync(request, account);
        Assert.Equal(["sign-in"], visit.Pages);
        var (_, second) = await RedeemAsync(request, visit.Code);
        Assert.True(second.GetProperty("auth_time").GetInt64() > first.GetProperty("auth_time").GetInt64());
        Assert.Equal(first.GetProperty("sub").GetString(), second.GetProperty("sub").GetString());
    }

    [Fact, Module("oidcc-prompt-none-not-logged-in")]
    public async Task Prompt_none_without_a_sign_in_is_an_error_that_asks_for_a_page()
    {
        var request = Request().With("prompt", "none");
        Checks.ErrorAtClient(suite, await VisitAsync(request), request.Parameters["state"], NeedsAPage);
    }

    [Fact, Module("oidcc-prompt-none-logged-in")]
    public async Task Prompt_none_after_a_sign_in_is_answered_without_a_page() => await SameSignInAsync(Request().With("prompt", "none"));

    [Fact, Module("oidcc-id-token-hint")]
    public async Task Id_token_hint_of_who_is_signed_in_is_answered_without_a_page()
    {
        var account = await suite.AddPersonAsync();
        var (tokens, first) = await FlowAsync(Request(), account);
        await SameSignInAsync(Request().With("prompt", "none").With("id_token_hint", tokens.IdToken), account, first);
    }

    [Fact, Module("oidcc-max-age-1")]
    public async Task Max_age_1_asks_again_after_two_seconds()
    {
        var account = await suite.AddPersonAsync();
        var (_, first) = await FlowAsync(Request(), account);
        suite.Clock.Advance(TimeSpan.FromSeconds(2.1));
        var request = Request().With("max_age", "1");
        var visit = await VisitAsync(request, account);
        Assert.Equal(["sign-in"], visit.Pages);
        var (_, second) = await RedeemAsync(request, visit.Code);
        Assert.InRange(second.GetProperty("auth_time").GetInt64(), first.GetProperty("auth_time").GetInt64() + 1, suite.Clock.GetUtcNow().ToUnixTimeSeconds());
    }

    [Fact, Module("oidcc-max-age-10000")]
    public async Task Max_age_10000_asks_nobody_again()
    {
        var account = await suite.AddPersonAsync();
        var (_, first) = await FlowAsync(Request().With("max_age", "15000"), account);
        await SameSignInAsync(Request().With("max_age", "10000"), account, first);
    }

    [Fact, Module("oidcc-ensure-request-with-acr-values-succeeds")]
    public async Task Acr_values_of_the_metadata_succeed_and_one_of_them_comes_back()
    {
        var supported = (await MetadataAsync()).GetProperty("acr_values_supported").EnumerateArray().Select(value => value.GetString()!).ToArray();
        var (_, claims) = await FlowAsync(Request().With("acr_values", string.Join(' ', supported)));
        Assert.Contains(claims.GetProperty("acr").GetString(), supported);
    }

    [Theory]
    [InlineData(0), Module("oidcc-codereuse")]
    [InlineData(30), Module("oidcc-codereuse-30seconds")]
    public async Task A_code_that_comes_again_is_refused_and_takes_the_access_token_with_it(int seconds)
    {
        var request = Request();
        var visit = await ArriveAsync(request);
        using var first = await request.RedeemAsync(visit.Code);
        var tokens = await Checks.TokenResponseAsync(first);
        suite.Clock.Advance(TimeSpan.FromSeconds(seconds));
        using var second = await request.RedeemAsync(visit.Code);
        await Checks.ErrorAsync(second, "invalid_grant");
        using var userInfo = await suite.Oidc.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
    }

    [Fact, Module("oidcc-ensure-registered-redirect-uri")]
    public async Task An_address_that_is_not_registered_is_told_to_the_person_and_never_gone_to()
    {
        var visit = await VisitAsync(Request().With("redirect_uri", suite.Oidc.RedirectUriOf(ConformanceServer.Basic) + "/bad"));
        Assert.Equal(((int)HttpStatusCode.BadRequest, 0), (visit.Status, visit.Answer.Count));
        Assert.Contains("redirect_uri", visit.EndedAt, StringComparison.Ordinal);
    }

    [Fact, Module("oidcc-ensure-post-request-succeeds")]
    public async Task A_request_as_POST_succeeds()
    {
        var request = Request();
        using var form = new FormUrlEncodedContent(request.Parameters.Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!));
        using var answer = await browser.Http.PostAsync(new Uri("/connect/authorize", UriKind.Relative), form, TestContext.Current.CancellationToken);
        var visit = await ConformanceServer.VisitAsync(browser, answer.Headers.Location!.OriginalString, request.Parameters["redirect_uri"]!, await suite.AddPersonAsync());
        await RedeemAsync(request, visit.Code);
    }

    [Fact, Module("oidcc-server-client-secret-post")]
    public async Task The_whole_flow_with_the_secret_in_the_body()
    {
        Assert.Contains("client_secret_post", (await MetadataAsync()).GetProperty("token_endpoint_auth_methods_supported").EnumerateArray().Select(method => method.GetString()));
        var request = Request();
        var visit = await ArriveAsync(request);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = visit.Code,
            ["redirect_uri"] = request.Parameters["redirect_uri"]!,
            ["code_verifier"] = request.Verifier,
            ["client_id"] = request.ClientId,
            ["client_secret"] = OidcServer.SecretOf(request.ClientId)!,
        });
        using var answer = await suite.Oidc.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
        var tokens = await Checks.TokenResponseAsync(answer);
        await Checks.IdTokenAsync(suite, request.ClientId, tokens, request.Parameters["nonce"]);
        using var userInfo = await suite.Oidc.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, userInfo.StatusCode);
    }

    [Fact, Module("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")]
    public async Task A_request_object_is_refused_as_not_supported()
    {
        var request = Request();
        request.With("request", Unsigned(request));
        Checks.ErrorAtClient(suite, await VisitAsync(request), request.Parameters["state"], "request_not_supported");
    }

    [Fact, Module("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")]
    public async Task A_request_uri_of_the_clients_own_is_refused_as_not_supported()
    {
        var request = Request().With("request_uri", "https://suite-basic.example/request.jwt");
        Checks.ErrorAtClient(suite, await VisitAsync(request), request.Parameters["state"], "request_uri_not_supported");
    }

    [Fact, Module("oidcc-ensure-request-object-with-redirect-uri")]
    public async Task A_wrong_address_beside_a_request_object_is_never_gone_to()
    {
        var request = Request();
        request.With("request", Unsigned(request)).With("redirect_uri", "https://suite-basic.example/other");
        var visit = await VisitAsync(request);
        Assert.Equal(((int)HttpStatusCode.BadRequest, 0), (visit.Status, visit.Answer.Count));
    }

    [Fact, Module("oidcc-claims-essential")]
    public async Task An_essential_claim_is_no_error_and_stays_out_of_the_identity_token()
    {
        var (tokens, claims) = await FlowAsync(Request("openid profile").With("claims", """{"userinfo":{"name":{"essential":true}}}"""));
        using var answer = await suite.Oidc.UserInfoAsync(tokens.AccessToken);
        Assert.Equal("张小敏", (await Checks.UserInfoAsync(answer, claims)).GetProperty("name").GetString());
    }

    [Fact, Module("oidcc-refresh-token")]
    public async Task A_refresh_token_works_for_its_client_alone_and_speaks_of_the_same_sign_in()
    {
        var account = await suite.AddPersonAsync();
        var (tokens, first) = await FlowAsync(Request("openid offline_access"), account);
        suite.Clock.Advance(TimeSpan.FromSeconds(1));
        using var refreshed = await suite.Oidc.TokenAsync(ConformanceServer.Basic, new Dictionary<string, string>
        {
            ["grant_type"] = "refresh_token",
            ["refresh_token"] = tokens.RefreshToken!,
            ["scope"] = "openid offline_access",
        });
        var renewed = await Checks.TokenResponseAsync(refreshed);
        Assert.NotEqual(tokens.AccessToken, renewed.AccessToken);
        if (renewed.IdToken is not null)
        {
            // OpenID Connect Core 12.2.
            var second = await Checks.SignedAsync(suite, ConformanceServer.Basic, renewed.IdToken, "ES256", "JWT");
            foreach (var same in new[] { "iss", "sub", "aud", "auth_time" })
            {
                Assert.Equal(first.GetProperty(same).ToString(), second.GetProperty(same).ToString());
            }

            Assert.True(second.GetProperty("iat").GetInt64() > first.GetProperty("iat").GetInt64());
        }

        using var userInfo = await suite.Oidc.UserInfoAsync(renewed.AccessToken);
        Assert.Equal(HttpStatusCode.OK, userInfo.StatusCode);

        var other = suite.Oidc.Request(ConformanceServer.Second, "openid offline_access");
        var (others, _) = await RedeemAsync(other, (await VisitAsync(other, account)).Code);
        using var stolen = await suite.Oidc.RefreshAsync(ConformanceServer.Basic, others.RefreshToken!);
        await Checks.ErrorAsync(stolen, "invalid_grant");
    }

    [Fact, Module("oidcc-ensure-request-with-valid-pkce-succeeds")]
    public async Task A_request_with_PKCE_succeeds() => await FlowAsync(Request());

    public void Dispose() => browser.Dispose();

    private static string Unsigned(AuthorizationRequest request)
    {
        static string Part(object part) => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(part)));
        return $"{Part(new { alg = "none" })}.{Part(request.Parameters.Where(p => p.Value is not null).ToDictionary())}.";
    }

    private AuthorizationRequest Request(string scope = "openid") => suite.Oidc.Request(ConformanceServer.Basic, scope);

    private Task<Visit> VisitAsync(AuthorizationRequest request, string? account = null) =>
        ConformanceServer.VisitAsync(browser, request.Url, suite.Oidc.RedirectUriOf(request.ClientId), account);

    private async Task<Visit> ArriveAsync(AuthorizationRequest request) => await VisitAsync(request, await suite.AddPersonAsync());

    private async Task<(Tokens Tokens, JsonElement Claims)> FlowAsync(AuthorizationRequest request, string? account = null) =>
        await RedeemAsync(request, (await VisitAsync(request, account ?? await suite.AddPersonAsync())).Code);

    private async Task<(Tokens Tokens, JsonElement Claims)> RedeemAsync(AuthorizationRequest request, string code)
    {
        using var answer = await request.RedeemAsync(code);
        var tokens = await Checks.TokenResponseAsync(answer);
        return (tokens, await Checks.IdTokenAsync(suite, request.ClientId, tokens, request.Parameters["nonce"]));
    }

    /// <summary>A second request in the same browser: no page, the same person, the same sign-in.</summary>
    private async Task SameSignInAsync(AuthorizationRequest request, string? account = null, JsonElement? before = null)
    {
        account ??= await suite.AddPersonAsync();
        var first = before ?? (await FlowAsync(Request(), account)).Claims;
        var visit = await VisitAsync(request, account);
        Assert.Empty(visit.Pages);
        var (_, second) = await RedeemAsync(request, visit.Code);
        Assert.Equal((first.GetProperty("sub").GetString(), first.GetProperty("auth_time").GetInt64()), (second.GetProperty("sub").GetString(), second.GetProperty("auth_time").GetInt64()));
    }

    private async Task<JsonElement> MetadataAsync() =>
        JsonSerializer.Deserialize<JsonElement>(await suite.Oidc.Http.GetStringAsync(new Uri("/.well-known/openid-configuration", UriKind.Relative), TestContext.Current.CancellationToken));
}
