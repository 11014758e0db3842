using System.Net;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 9207: every answer of the authorization endpoint says whose it is, or a client of two servers can be confused.</summary>
[Collection(Protocols.Name)]
public sealed class Rfc9207IssuerTests(ProtocolServer protocols)
{
    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task A_code_comes_with_it() => Assert.Equal(server.Issuer, (await server.Request().AnswerAsync(await server.SignedInAsync()))["iss"]);

    [Theory]
    [InlineData("prompt", "none", "login_required")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("scope", "openid credentials", "invalid_scope")]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("request", "e30.e30.", "request_not_supported")]
    [InlineData("claims", "[]", "invalid_request")]
    [InlineData("resource", "https://other.example", "invalid_target")]
    public async Task An_error_comes_with_it(string name, string? value, string error)
    {
        using var browser = server.Server.OpenBrowser();
        var answer = await server.Request().With(name, value).AnswerAsync(browser);
        Assert.Equal((error, server.Issuer, "st&te=1"), (answer["error"], answer["iss"], answer["state"]));
    }

    [Fact]
    public async Task A_form_has_it_as_a_field()
    {
        using var browser = await server.SignedInAsync();
        using var page = await browser.OpenAsync(server.Request().With("response_mode", "form_post").Url);
        Assert.Equal(server.Issuer, page.QuerySelector("input[name=iss]")?.GetAttribute("value"));
    }

    [Fact]
    public async Task An_error_that_goes_to_no_client_redirects_nowhere()
    {
        using var browser = await server.SignedInAsync();
        using var answer = await browser.GetAsync(server.Request().With("redirect_uri", "https://evil.example/").Url);
        Assert.Equal((HttpStatusCode.BadRequest, null), (answer.StatusCode, answer.Headers.Location));
    }
}
