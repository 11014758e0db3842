using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Web;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>OpenID Connect Core 3.1: the code flow as it should go, and what its tokens say.</summary>
public sealed class CodeFlowTests(OidcServer server) : IClassFixture<OidcServer>
{
    [Fact]
    public async Task Somebody_signed_in_is_known_to_the_client_without_a_page()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        var claims = tokens.IdClaims;
        Assert.Equal(server.Issuer, claims.GetProperty("iss").GetString());
        Assert.Equal(OidcServer.Hr, claims.GetProperty("aud").GetString());
        Assert.Equal("n-0S6", claims.GetProperty("nonce").GetString());
        Assert.Equal(JsonValueKind.Number, claims.GetProperty("auth_time").ValueKind);
        Assert.StartsWith("urn:onecode:loa:", claims.GetProperty("acr").GetString(), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.Array, claims.GetProperty("amr").ValueKind);
        Assert.NotEmpty(claims.GetProperty("sid").GetString()!);
        Assert.Null(tokens.RefreshToken);
        Assert.InRange(tokens.ExpiresIn, 590, 600);
    }

    [Fact]
    public async Task The_answer_carries_state_and_iss_RFC9207()
    {
        using var browser = await server.SignedInAsync();
        var answer = await server.Request().AnswerAsync(browser);
        Assert.Equal("st&te=1", answer["state"]);
        Assert.Equal(server.Issuer, answer["iss"]);
    }

    [Fact]
    public async Task Errors_that_go_back_to_the_client_carry_iss_too_RFC9207()
    {
        using var browser = server.Server.OpenBrowser();
        var answer = await server.Request().With("prompt", "none").AnswerAsync(browser);
        Assert.Equal(("login_required", server.Issuer, "st&te=1"), (answer["error"], answer["iss"], answer["state"]));
    }

    [Fact]
    public async Task Two_sectors_see_two_subjects_and_one_sees_the_same_again()
    {
        using var browser = await server.SignedInAsync();
        var hr = (await server.CodeFlowAsync(browser)).IdClaims.GetProperty("sub").GetString();
        var hrAgain = (await server.CodeFlowAsync(browser)).IdClaims.GetProperty("sub").GetString();
        var tax = (await server.CodeFlowAsync(browser, OidcServer.Tax)).IdClaims.GetProperty("sub").GetString();
        Assert.Equal(hr, hrAgain);
        Assert.NotEqual(hr, tax);
    }

    [Fact]
    public async Task Id_token_access_token_userinfo_and_introspection_agree_on_the_subject()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        var sub = tokens.IdClaims.GetProperty("sub").GetString();
        using var userInfo = await server.UserInfoAsync(tokens.AccessToken);
        var introspection = await server.IntrospectAsync(OidcServer.Hr, tokens.AccessToken);
        Assert.Equal(sub, Tokens.ClaimsOf(tokens.AccessToken).GetProperty("sub").GetString());
        Assert.Equal(sub, (await userInfo.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("sub").GetString());
        Assert.Equal(sub, introspection.GetProperty("sub").GetString());
        Assert.True(introspection.GetProperty("active").GetBoolean());
    }

    [Fact]
    public async Task No_token_names_the_account_the_person_or_the_user_name()
    {
        var name = await server.Server.AddAccountAsync();
        using var browser = await server.SignedInAsync(name);
        var tokens = await server.CodeFlowAsync(browser);
        foreach (var token in new[] { tokens.AccessToken, tokens.IdToken! })
        {
            var text = Tokens.ClaimsOf(token).ToString();
            Assert.DoesNotContain(name, text, StringComparison.Ordinal);
            Assert.DoesNotContain("onecode:", text.Replace("urn:onecode:loa", "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_code_works_once_and_its_replay_ends_what_it_gave_RFC6749_4_1_2()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request();
        var code = await request.CodeAsync(browser);
        using var first = await request.RedeemAsync(code);
        var tokens = await Tokens.ReadAsync(first);
        using var second = await request.RedeemAsync(code);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(second));
        using var userInfo = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
    }

    [Fact]
    public async Task A_code_is_only_good_for_the_client_that_asked_for_it()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request();
        var code = await request.CodeAsync(browser);
        using var answer = await server.TokenAsync(OidcServer.Tax, new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = request.Parameters["redirect_uri"]!,
            ["code_verifier"] = request.Verifier,
        });
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task A_code_is_only_good_with_its_redirect_uri()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request();
        using var answer = await request.RedeemAsync(await request.CodeAsync(browser), KeyValuePair.Create("redirect_uri", "http://localhost:9/other"));
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task Scope_sent_beside_the_code_is_passed_over()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request();
        using var answer = await request.RedeemAsync(await request.CodeAsync(browser), KeyValuePair.Create("scope", "openid profile made-up"));
        Assert.NotNull((await Tokens.ReadAsync(answer)).IdToken);
    }

    [Fact]
    public async Task Unknown_scopes_and_parameters_are_passed_over_OIDC_3_1_2_1()
    {
        using var browser = await server.SignedInAsync();
        Assert.NotEmpty(await server.Request(scope: "openid made-up").With("made_up", "x").CodeAsync(browser));
    }

    [Fact]
    public async Task A_known_scope_that_the_client_may_not_have_is_refused_to_the_client()
    {
        using var browser = await server.SignedInAsync();
        Assert.Equal("invalid_scope", (await server.Request(scope: "openid credentials").AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task A_request_as_a_form_is_answered_like_one_as_an_address_OIDC_3_1_2_1()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request();
        using var form = new FormUrlEncodedContent(request.Parameters.Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!));
        using var answer = await browser.Http.PostAsync(new Uri("/connect/authorize", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        using var next = await browser.GetAsync(answer.Headers.Location!.OriginalString);
        Assert.Contains("code=", next.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_authorization_endpoint_is_open_to_no_script_of_another_origin()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, server.Request().Url);
        request.Headers.Add("Origin", Origins.TextOf(server.Server.Wallet));
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("/connect/token")]
    [InlineData("/connect/userinfo")]
    [InlineData("/connect/revoke")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/jwks")]
    public async Task The_wallets_scripts_may_call_the_endpoints_that_it_needs(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, path);
        request.Headers.Add("Origin", Origins.TextOf(server.Server.Wallet));
        request.Headers.Add("Access-Control-Request-Method", path.StartsWith("/.well-known", StringComparison.Ordinal) ? "GET" : "POST");
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(answer.Headers.Contains("Access-Control-Allow-Origin"), $"{answer.StatusCode}");
    }
}
