using System.Net;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 7636, RFC 9700 2.1.1: S256 for every client.</summary>
public sealed class PkceTests(OidcServer server) : IClassFixture<OidcServer>
{
    [Theory]
    [InlineData("code_challenge", null)]
    [InlineData("code_challenge", "")]
    [InlineData("code_challenge", "short")]
    [InlineData("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c+")]
    [InlineData("code_challenge_method", null)]
    [InlineData("code_challenge_method", "plain")]
    [InlineData("code_challenge_method", "s256")]
    [InlineData("code_challenge_method", "S512")]
    public async Task Anything_but_an_S256_challenge_is_refused_to_the_client(string name, string? value)
    {
        using var browser = await server.SignedInAsync();
        foreach (var client in new[] { OidcServer.Hr, OidcServer.Wallet })
        {
            Assert.Equal("invalid_request", (await server.Request(client, "openid").With(name, value).AnswerAsync(browser))["error"]);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    [InlineData("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjX ")]
    public async Task A_wrong_verifier_is_refused(string verifier)
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request();
        using var answer = await request.RedeemAsync(await request.CodeAsync(browser), KeyValuePair.Create("code_verifier", verifier));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(answer));
    }

    [Fact]
    public async Task A_verifier_of_more_than_128_characters_is_refused()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request();
        using var answer = await request.RedeemAsync(await request.CodeAsync(browser), KeyValuePair.Create("code_verifier", new string('a', 129)));
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(answer));
    }
}
