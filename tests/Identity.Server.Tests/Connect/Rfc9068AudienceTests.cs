using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Identity.Server.Connect.Keys;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 9068 4, RFC 8707 2, RFC 6750 3.1: a token of ours that is for another service is no token here. Each is a good one of which only <c>aud</c> was changed.</summary>
public sealed class Rfc9068AudienceTests(OidcServer server) : IClassFixture<OidcServer>
{
    private static readonly (string? Audience, bool IsTaken)[] Audiences =
    [
        ("\"{issuer}\"", true),
        ("[\"https://other.example\",\"{issuer}\"]", true),
        ("\"https://other.example\"", false),
        ("[\"https://other.example\",\"portal-hr\"]", false),
        ("\"{issuer}/\"", false),
        ("\"{issuer}/api\"", false),
        ("\"portal-hr\"", false),
        (null, false),
    ];

    [Fact]
    public Task Userinfo_takes_what_is_for_this_server_and_nothing_else() => ExpectAsync("/connect/userinfo");

    [Fact]
    public Task The_api_takes_what_is_for_this_server_and_nothing_else() => ExpectAsync("/api/subjects");

    private async Task ExpectAsync(string path)
    {
        using var browser = await server.SignedInAsync();
        var token = (await server.CodeFlowAsync(browser, OidcServer.Wallet, "openid credentials")).AccessToken;
        foreach (var (audience, isTaken) in Audiences)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", WithAudience(token, audience));
            using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

            // This account has no subjects (403), which only a token that was taken is told.
            Assert.True(isTaken == (answer.StatusCode != HttpStatusCode.Unauthorized), $"{audience}: {answer.StatusCode}");
            Assert.True(isTaken || answer.Headers.WwwAuthenticate.ToString().Contains("error=\"invalid_token\"", StringComparison.Ordinal), audience);
        }
    }

    /// <summary>Signed again with the server's own key: the audience alone must be what is wrong with it.</summary>
    private string WithAudience(string token, string? audience)
    {
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!.AsObject();
        claims.Remove("aud");
        if (audience is not null)
        {
            claims["aud"] = JsonNode.Parse(audience.Replace("{issuer}", server.Issuer, StringComparison.Ordinal));
        }

        var key = server.Server.App.Services.GetRequiredService<OidcKeyRing>().Active(OidcKeyUse.Signing).Signing;
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
            .CreateToken(claims.ToJsonString(), key, new Dictionary<string, object> { [JwtHeaderParameterNames.Typ] = "at+jwt" });
    }
}
