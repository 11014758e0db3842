using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 9126: what is asked for goes from server to server, once and not for long.</summary>
[Collection(Protocols.Name)]
public sealed class Rfc9126ParTests(ProtocolServer protocols)
{
    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task A_pushed_request_leads_to_tokens()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(ProtocolServer.Pushing);
        using var pushed = await PushAsync(request);
        Assert.Equal(HttpStatusCode.Created, pushed.StatusCode);
        var json = await pushed.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.StartsWith("urn:ietf:params:oauth:request_uri:", json.GetProperty("request_uri").GetString(), StringComparison.Ordinal);
        Assert.Equal(60, json.GetProperty("expires_in").GetInt32());
        Assert.True(pushed.Headers.CacheControl!.NoStore);
        var answer = await ComeAsync(browser, json.GetProperty("request_uri").GetString()!);
        Assert.Equal(("st&te=1", server.Issuer), (answer["state"], answer["iss"]));
        using var tokens = await request.RedeemAsync(answer["code"]);
        Assert.Equal("n-0S6", (await Tokens.ReadAsync(tokens)).IdClaims.GetProperty("nonce").GetString());
    }

    [Fact]
    public async Task A_public_client_may_push_too()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request(OidcServer.Native, "openid");
        var requestUri = await PushedAsync(request);
        using var answer = await browser.GetAsync(Address(requestUri, OidcServer.Native));
        Assert.Contains("code=", answer.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_must_push_is_refused_without_RFC9126_5()
    {
        using var browser = await server.SignedInAsync();
        Assert.Equal("invalid_request", (await server.Request(ProtocolServer.Pushing).AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task It_is_used_up_by_the_code_that_it_led_to()
    {
        using var browser = await server.SignedInAsync();
        var requestUri = await PushedAsync(server.Request(ProtocolServer.Pushing));
        Assert.NotEmpty((await ComeAsync(browser, requestUri))["code"]);
        using var again = await browser.GetAsync(Address(requestUri));
        Assert.Equal((HttpStatusCode.BadRequest, null), (again.StatusCode, again.Headers.Location));
    }

    [Fact]
    public async Task It_is_good_for_a_minute_and_longer_only_for_who_came_in_time()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var own = new OidcServer([], services => services.AddSingleton<TimeProvider>(clock));
        await own.InitializeAsync();
        var name = await own.Server.AddAccountAsync();
        async Task<string> PushAtAsync()
        {
            using var pushed = await own.PostAsync("/connect/par", OidcServer.Hr, own.Request().Parameters.Where(p => p.Key != "client_id").ToDictionary(p => p.Key, p => p.Value!));
            return (await pushed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_uri").GetString()!;
        }

        // Came in time, and takes two minutes to sign in.
        using var slow = own.Server.OpenBrowser();
        using var came = await slow.GetAsync(Address(await PushAtAsync(), OidcServer.Hr));
        clock.Advance(TimeSpan.FromMinutes(2));
        using var signedIn = await slow.SubmitAsync(came.Headers.Location!.OriginalString, new Dictionary<string, string> { ["userName"] = name, ["password"] = TheServer.Password });
        using var back = await slow.GetAsync(signedIn.Headers.Location!.OriginalString);
        Assert.Contains("code=", back.Headers.Location!.Query, StringComparison.Ordinal);

        // Comes too late.
        var late = await PushAtAsync();
        clock.Advance(TimeSpan.FromSeconds(61));
        using var tooLate = await slow.GetAsync(Address(late, OidcServer.Hr));
        Assert.Equal((HttpStatusCode.BadRequest, null), (tooLate.StatusCode, tooLate.Headers.Location));
        using var withMark = await slow.GetAsync(Address(late, OidcServer.Hr) + "&onecode_came=CfDJ8AAAA");
        Assert.Equal(HttpStatusCode.BadRequest, withMark.StatusCode);
    }

    [Fact]
    public async Task Anothers_request_uri_is_refused()
    {
        using var browser = await server.SignedInAsync();
        var requestUri = await PushedAsync(server.Request(ProtocolServer.Pushing));
        using var answer = await browser.GetAsync(Address(requestUri, OidcServer.Hr));
        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
    }

    [Fact]
    public async Task Parameters_in_the_address_beside_it_change_nothing_RFC9126_4()
    {
        using var browser = await server.SignedInAsync();
        var requestUri = await PushedAsync(server.Request(ProtocolServer.Pushing));
        var address = QueryHelpers.AddQueryString(Address(requestUri), new Dictionary<string, string?> { ["redirect_uri"] = "https://evil.example/", ["scope"] = "openid offline_access", ["state"] = "other", ["prompt"] = "none" });
        using var answer = await browser.GetAsync(address);
        Assert.StartsWith("https://pushing.example/callback?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Contains("state=st%26te%3D1", answer.Headers.Location.Query, StringComparison.Ordinal);
    }

    /// <summary>CVE-2024-4540: another server kept pushed parameters in a cookie, in the clear.</summary>
    [Fact]
    public async Task Pushed_values_stand_in_no_address_cookie_or_page_on_the_way()
    {
        const string Marker = "only-between-servers-7391";
        var name = await server.Server.AddAccountAsync();
        using var browser = server.Server.OpenBrowser();
        var requestUri = await PushedAsync(server.Request(ProtocolServer.Pushing).With("state", Marker).With("login_hint", Marker).With("nonce", Marker).With("prompt", "login"));
        var seen = new List<string>();
        using var first = await browser.GetAsync(Address(requestUri));
        seen.Add(first.Headers.ToString());
        using var page = await browser.GetAsync(first.Headers.Location!.OriginalString);
        seen.Add(page.Headers.ToString());
        seen.Add(await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var signedIn = await browser.SubmitAsync(first.Headers.Location.OriginalString, new Dictionary<string, string> { ["userName"] = name, ["password"] = TheServer.Password });
        seen.Add(signedIn.Headers.ToString());
        seen.AddRange(browser.Cookies.GetAllCookies().Select(cookie => Uri.UnescapeDataString(cookie.Value)));
        Assert.All(seen, text =>
        {
            Assert.DoesNotContain(Marker, text, StringComparison.Ordinal);
            Assert.DoesNotContain("code_challenge", text, StringComparison.Ordinal);
        });
        using var back = await browser.GetAsync(signedIn.Headers.Location!.OriginalString);
        Assert.Contains($"state={Marker}", back.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_sign_in_page_lets_its_form_end_at_the_client()
    {
        using var browser = server.Server.OpenBrowser();
        var requestUri = await PushedAsync(server.Request(ProtocolServer.Pushing));
        using var first = await browser.GetAsync(Address(requestUri));
        using var page = await browser.GetAsync(first.Headers.Location!.OriginalString);
        Assert.Contains("form-action 'self' https://pushing.example", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redirect_uri", "https://evil.example/", "invalid_request")]
    [InlineData("redirect_uri", null, "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("scope", "openid credentials", "invalid_scope")]
    [InlineData("request_uri", "urn:ietf:params:oauth:request_uri:x", "invalid_request")]
    [InlineData("request", "e30.e30.e30", "request_not_supported")]
    [InlineData("max_age", "-1", "invalid_request")]
    [InlineData("registration", "{}", "registration_not_supported")]
    [InlineData("response_mode", "jwt", "invalid_request")]
    public async Task What_the_authorization_endpoint_would_refuse_is_refused_when_it_is_pushed_RFC9126_2_3(string name, string? value, string error)
    {
        using var answer = await PushAsync(server.Request(ProtocolServer.Pushing).With(name, value));
        Assert.Equal((HttpStatusCode.BadRequest, error), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
    }

    [Fact]
    public async Task A_client_that_does_not_prove_itself_may_not_push()
    {
        var form = server.Request(ProtocolServer.Pushing).Parameters.Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!);
        using var without = new FormUrlEncodedContent(form);
        using var answer = await server.Http.PostAsync(new Uri("/connect/par", UriKind.Relative), without, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Unauthorized, "invalid_client"), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
    }

    [Fact]
    public async Task Only_a_form_that_is_posted_is_taken()
    {
        using var answer = await server.Http.GetAsync(new Uri("/connect/par", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("urn:ietf:params:oauth:request_uri:")]
    [InlineData("urn:ietf:params:oauth:request_uri:x")]
    [InlineData("urn:ietf:params:oauth:request_uri:%00")]
    [InlineData("URN:IETF:PARAMS:OAUTH:REQUEST_URI:x")]
    [InlineData("https://evil.example/request")]
    [InlineData("http://169.254.169.254/latest")]
    public async Task A_request_uri_that_was_not_given_out_leads_nowhere(string requestUri)
    {
        using var browser = await server.SignedInAsync();
        using var answer = await browser.GetAsync(Address(requestUri));
        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
    }

    private static string Address(string requestUri, string clientId = ProtocolServer.Pushing) =>
        QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?> { ["client_id"] = clientId, ["request_uri"] = requestUri });

    private static async Task<Dictionary<string, string>> ComeAsync(Browser browser, string requestUri)
    {
        using var answer = await browser.GetAsync(Address(requestUri));
        Assert.True(answer.Headers.Location is not null, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        Assert.StartsWith("https://pushing.example/callback?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        return QueryHelpers.ParseQuery(answer.Headers.Location.Query).ToDictionary(p => p.Key, p => p.Value.ToString());
    }

    private Task<HttpResponseMessage> PushAsync(AuthorizationRequest request) =>
        server.PostAsync("/connect/par", request.ClientId, request.Parameters.Where(p => p.Value is not null && p.Key != "client_id").ToDictionary(p => p.Key, p => p.Value!));

    private async Task<string> PushedAsync(AuthorizationRequest request)
    {
        using var pushed = await PushAsync(request);
        Assert.True(pushed.IsSuccessStatusCode, await pushed.Content.ReadAsStringAsync());
        return (await pushed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_uri").GetString()!;
    }
}
