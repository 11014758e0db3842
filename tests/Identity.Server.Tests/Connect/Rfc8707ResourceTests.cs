using System.Net;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 8707: tokens from here are for this server, and a client that wants one for another hears so.</summary>
[Collection(Protocols.Name)]
public sealed class Rfc8707ResourceTests(ProtocolServer protocols)
{
    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task The_issuer_is_the_resource_and_the_audience()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request().With("resource", server.Issuer);
        using var answer = await request.RedeemAsync(await request.CodeAsync(browser), KeyValuePair.Create("resource", server.Issuer));
        var token = (await Tokens.ReadAsync(answer)).AccessToken;
        Assert.Equal(server.Issuer, Tokens.ClaimsOf(token).GetProperty("aud").GetString());
        using var opened = await server.UserInfoAsync(token);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task Without_one_the_token_is_for_this_server_too() =>
        Assert.Equal(server.Issuer, Tokens.ClaimsOf((await server.ClientCredentialsAsync(OidcServer.Machine)).AccessToken).GetProperty("aud").GetString());

    [Theory]
    [InlineData("https://other.example")]
    [InlineData("{issuer}/")]
    [InlineData("{issuer}#x")]
    [InlineData("{issuer}/api")]
    [InlineData("api")]
    [InlineData("")]
    public async Task Any_other_is_invalid_target_2(string resource)
    {
        var value = resource.Replace("{issuer}", server.Issuer, StringComparison.Ordinal);
        using var browser = await server.SignedInAsync();
        Assert.Contains((await server.Request().With("resource", value).AnswerAsync(browser))["error"], new[] { "invalid_target", "invalid_request" });
        using var token = await server.TokenAsync(OidcServer.Machine, new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["resource"] = value });
        Assert.Contains(await OidcServer.ErrorOfAsync(token), new[] { "invalid_target", "invalid_request" });
        using var pushed = await server.PostAsync("/connect/par", ProtocolServer.Pushing, server.Request(ProtocolServer.Pushing).With("resource", value).Parameters.Where(p => p.Key != "client_id").ToDictionary(p => p.Key, p => p.Value!));
        Assert.Contains(await OidcServer.ErrorOfAsync(pushed), new[] { "invalid_target", "invalid_request" });
    }

    [Fact]
    public async Task One_of_ours_among_others_does_not_help()
    {
        using var form = new FormUrlEncodedContent([
            new("grant_type", "client_credentials"), new("client_id", "machine-test"), new("client_secret", "machine-test-secret"),
            new("resource", server.Issuer), new("resource", "https://other.example"),
        ]);
        using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal("invalid_target", await OidcServer.ErrorOfAsync(answer));
    }
}
