using System.Buffers.Text;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Identity.Server.Tests.Conformance;

/// <summary>The plans <c>oidcc-rp-initiated-logout-certification-test-plan</c> and <c>oidcc-backchannel-rp-initiated-logout-certification-test-plan</c>.</summary>
[Collection(Conformance.Name)]
public sealed class LogoutOpTests(ConformanceServer suite) : IDisposable
{
    private const string State = "a state of+its/own";

    private static readonly string Back = ConformanceServer.PostLogoutOf(ConformanceServer.Basic);

    private readonly Browser browser = suite.Oidc.Server.OpenBrowser();

    [Fact, Module("oidcc-rp-initiated-logout-discovery-endpoint-verification")]
    public async Task The_metadata_name_the_end_session_endpoint() => Assert.Equal(suite.Oidc.Issuer + "/connect/endsession", (await ConfigOpTests.MetadataAsync(suite)).GetProperty("end_session_endpoint").GetString());

    [Fact, Module("oidcc-rp-initiated-logout")]
    public async Task Sign_out_goes_back_with_state_and_nobody_is_signed_in()
    {
        var tokens = await SignInAsync();
        var visit = await LeaveAsync(("id_token_hint", tokens.IdToken), ("post_logout_redirect_uri", Back), ("state", State));
        Assert.Equal([KeyValuePair.Create("state", State)], visit.Answer);
        await NobodyIsSignedInAsync();
    }

    [Fact, Module("oidcc-rp-initiated-logout-no-state")]
    public async Task Sign_out_without_state_goes_back_without_any()
    {
        var tokens = await SignInAsync();
        var visit = await LeaveAsync(("id_token_hint", tokens.IdToken), ("post_logout_redirect_uri", Back));
        Assert.Equal(Back, visit.Url);
        await NobodyIsSignedInAsync();
    }

    [Theory]
    [InlineData("https://suite-basic.example/post_logout_redirect/bad"), Module("oidcc-rp-initiated-logout-bad-post-logout-redirect-uri")]
    [InlineData("https://suite-basic.example/post_logout_redirect?foo=bar"), Module("oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri")]
    public async Task An_address_that_is_not_registered_is_not_gone_to(string address)
    {
        var tokens = await SignInAsync();
        await StaysAsync(("id_token_hint", tokens.IdToken), ("post_logout_redirect_uri", address), ("state", State));
    }

    [Theory]
    [InlineData("unsigned"), Module("oidcc-rp-initiated-logout-modified-id-token-hint")]
    [InlineData("foreign"), Module("oidcc-rp-initiated-logout-bad-id-token-hint")]
    [InlineData("none"), Module("oidcc-rp-initiated-logout-no-id-token-hint")]
    public async Task Without_an_identity_token_of_ours_the_person_is_asked_first(string which)
    {
        var tokens = await SignInAsync();
        using var foreign = new Signer();
        var hint = which switch
        {
            "unsigned" => $"{Base64Url.EncodeToString("""{"alg":"none"}"""u8)}.{tokens.IdToken!.Split('.')[1]}.",
            "foreign" => foreign.Sign(new() { ["alg"] = "ES256", ["kid"] = "x" }, (JsonObject)JsonNode.Parse(tokens.IdClaims.ToString())!),
            _ => null,
        };
        await StaysAsync(("id_token_hint", hint), ("post_logout_redirect_uri", Back), ("state", State));
    }

    [Theory]
    [InlineData(false, false), Module("oidcc-rp-initiated-logout-no-params")]
    [InlineData(false, true), Module("oidcc-rp-initiated-logout-only-state")]
    [InlineData(true, true), Module("oidcc-rp-initiated-logout-no-post-logout-redirect-uri")]
    public async Task Without_an_address_the_person_is_signed_out_and_told_so(bool withHint, bool withState)
    {
        var tokens = await SignInAsync();
        var visit = await LeaveAsync(("id_token_hint", withHint ? tokens.IdToken : null), ("state", withState ? State : null));
        Assert.Equal(((int)HttpStatusCode.OK, 0), (visit.Status, visit.Answer.Count));
        await NobodyIsSignedInAsync();
    }

    [Fact, Module("oidcc-backchannel-logout-discovery-endpoint-verification")]
    public async Task The_metadata_say_that_back_channel_logout_names_the_session()
    {
        var metadata = await ConfigOpTests.MetadataAsync(suite);
        Assert.True(metadata.GetProperty("backchannel_logout_supported").GetBoolean());
        Assert.True(metadata.GetProperty("backchannel_logout_session_supported").GetBoolean());
        Assert.Equal(suite.Oidc.Issuer + "/connect/endsession", metadata.GetProperty("end_session_endpoint").GetString());
    }

    [Theory]
    [InlineData(ConformanceServer.Basic, "ES256")]
    [InlineData(ConformanceServer.Rsa, "RS256"), Module("oidcc-backchannel-rp-initiated-logout")]
    public async Task Sign_out_sends_a_logout_token_and_goes_back(string clientId, string algorithm)
    {
        var tokens = await SignInAsync(clientId);
        var sid = tokens.IdClaims.GetProperty("sid").GetString();
        var visit = await LeaveAsync(("id_token_hint", tokens.IdToken), ("post_logout_redirect_uri", ConformanceServer.PostLogoutOf(clientId)), ("state", State));
        Assert.Equal([KeyValuePair.Create("state", State)], visit.Answer);
        bool IsOurs((string Token, string[] Parameters) sent) => Tokens.ClaimsOf(sent.Token).GetProperty("sid").GetString() == sid;
        for (var i = 0; i < 300 && !suite.Logouts.Raw.Any(IsOurs); i++)
        {
            // The courier looks at our clock.
            suite.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        var (token, parameters) = suite.Logouts.Raw.First(IsOurs);
        Assert.Equal(["logout_token"], parameters);
        var claims = await Checks.SignedAsync(suite, clientId, token, algorithm, "logout+jwt");
        Assert.Equal(tokens.IdClaims.GetProperty("sub").GetString(), claims.GetProperty("sub").GetString());
        Assert.Equal(clientId, claims.GetProperty("aud").GetString());
        Assert.NotEmpty(claims.GetProperty("jti").GetString()!);
        Assert.Equal(JsonValueKind.Object, claims.GetProperty("events").GetProperty("http://schemas.openid.net/event/backchannel-logout").ValueKind);
        var now = suite.Clock.GetUtcNow().ToUnixTimeSeconds();
        Assert.InRange(claims.GetProperty("iat").GetInt64(), now - 600, now + 5);
        Assert.True(claims.GetProperty("exp").GetInt64() > claims.GetProperty("iat").GetInt64());
        Assert.False(claims.TryGetProperty("nonce", out _));
        await NobodyIsSignedInAsync();
    }

    public void Dispose() => browser.Dispose();

    private static string Url(IEnumerable<(string Name, string? Value)> parameters) =>
        QueryHelpers.AddQueryString("/connect/endsession", parameters.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Name, p.Value)));

    private async Task<Tokens> SignInAsync(string clientId = ConformanceServer.Basic)
    {
        var request = suite.Oidc.Request(clientId, "openid");
        var visit = await ConformanceServer.VisitAsync(browser, request.Url, request.Parameters["redirect_uri"]!, await suite.AddPersonAsync());
        using var answer = await request.RedeemAsync(visit.Code);
        return await Checks.TokenResponseAsync(answer);
    }

    /// <summary>Signs out, and says yes where somebody asks.</summary>
    private async Task<Visit> LeaveAsync(params (string Name, string? Value)[] parameters)
    {
        var url = Url(parameters);
        var back = parameters.SingleOrDefault(p => p.Name == "post_logout_redirect_uri").Value ?? Back;
        var visit = await ConformanceServer.VisitAsync(browser, url, back, null);
        if (visit.Answer.Count == 0 && visit.Url != back)
        {
            using var page = await browser.OpenAsync(url);
            if (page.QuerySelector("main form button[name=confirm]") is not null)
            {
                using var done = await browser.SendAsync(url, page, new Dictionary<string, string> { ["confirm"] = "yes" });
                return new(url, [], ["confirm"], (int)done.StatusCode, done.Headers.Location?.OriginalString);
            }
        }

        return visit;
    }

    /// <summary>Neither goes back nor signs out: a page that asks.</summary>
    private async Task StaysAsync(params (string Name, string? Value)[] parameters)
    {
        using var answer = await browser.GetAsync(Url(parameters));
        Assert.Null(answer.Headers.Location);
        var request = suite.Oidc.Request(ConformanceServer.Basic, "openid").With("prompt", "none");
        Assert.NotEmpty((await ConformanceServer.VisitAsync(browser, request.Url, request.Parameters["redirect_uri"]!, null)).Code);
    }

    private async Task NobodyIsSignedInAsync()
    {
        var request = suite.Oidc.Request(ConformanceServer.Basic, "openid").With("prompt", "none");
        Checks.ErrorAtClient(suite, await ConformanceServer.VisitAsync(browser, request.Url, request.Parameters["redirect_uri"]!, null), request.Parameters["state"], "login_required");
    }
}
