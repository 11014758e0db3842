using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Server.Clients;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>OpenID Connect Core 8.1, Registration 5: <c>sector_identifier_uri</c>. The document is read off a real web server.</summary>
public sealed class SectorIdentifierTests(Rfc7591JwksUriTests.Host host) : IClassFixture<Rfc7591JwksUriTests.Host>
{
    private const string One = "https://one.example/callback";
    private const string Two = "https://two.example/callback";

    private readonly Rfc7591JwksUriTests.Site _site = host.NextSite();

    [Fact]
    public async Task Clients_that_a_host_names_see_one_person_under_one_name_and_others_do_not()
    {
        _site.Body = JsonSerializer.Serialize(new[] { One, Two });
        using var browser = await host.Oidc.SignedInAsync();
        var one = await SubAsync(browser, One, AddressOf(_site.Client));
        var two = await SubAsync(browser, Two, AddressOf(_site.Client));
        var alone = await SubAsync(browser, One, null);
        Assert.Equal(one, two);
        Assert.NotEqual(one, alone);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("[\"https://one.example/callback/\"]")]
    [InlineData("[\"https://one.example\"]")]
    [InlineData("{\"redirect_uris\":[\"https://one.example/callback\"]}")]
    [InlineData("https://one.example/callback")]
    [InlineData("[\"https://one.example/callback\", 7]")]
    public async Task A_document_that_does_not_name_the_redirect_URI_is_none(string document)
    {
        _site.Body = document;
        var (status, answer) = await RegisterAsync(One, AddressOf(_site.Client));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Contains("sector_identifier_uri", answer["error_description"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_is_not_read_from_inside_by_a_redirect_or_when_too_large()
    {
        host.SiteOf("inside").Body = _site.Body = JsonSerializer.Serialize(new[] { One });
        Assert.Equal(HttpStatusCode.BadRequest, (await RegisterAsync(One, AddressOf("inside"))).Status);
        Assert.Equal(0, host.SiteOf("inside").Asked);
        Assert.Equal(HttpStatusCode.BadRequest, (await RegisterAsync(One, AddressOf(_site.Client).Replace("https", "http", StringComparison.Ordinal))).Status);
        _site.Status = 302;
        Assert.Equal(HttpStatusCode.BadRequest, (await RegisterAsync(One, AddressOf(_site.Client))).Status);
        _site.Status = 200;
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(One, AddressOf(_site.Client))).Status);
        _site.Body = JsonSerializer.Serialize(new[] { One, new string('x', SectorIdentifiers.LargestDocument) });
        Assert.Equal(HttpStatusCode.BadRequest, (await RegisterAsync(One, AddressOf(_site.Client))).Status);
    }

    private string AddressOf(string site) => $"https://{site}.example:{host.Port}/{site}";

    private async Task<string> SubAsync(Fixtures.Browser browser, string redirectUri, string? sector)
    {
        var (status, client) = await RegisterAsync(redirectUri, sector);
        Assert.True(status == HttpStatusCode.Created, client.ToJsonString());
        var id = client["client_id"]!.GetValue<string>();
        var request = host.Oidc.Request(OidcServer.Hr, "openid").With("client_id", id).With("redirect_uri", redirectUri);
        var code = await request.CodeAsync(browser);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = redirectUri,
            ["code_verifier"] = request.Verifier,
            ["client_id"] = id,
            ["client_secret"] = client["client_secret"]!.GetValue<string>(),
        });
        using var answer = await host.Oidc.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
        return (await Tokens.ReadAsync(answer)).IdClaims.GetProperty("sub").GetString()!;
    }

    private async Task<(HttpStatusCode Status, JsonObject Answer)> RegisterAsync(string redirectUri, string? sector)
    {
        var permission = (await host.Oidc.Server.AskAsync<InitialAccessTokens, (Guid Id, string Token)>(tokens => tokens.IssueAsync("test", 1, TimeSpan.FromDays(1), "test", skipsReview: false, CancellationToken.None))).Token;
        var metadata = new JsonObject { ["client_name"] = "测试应用", ["redirect_uris"] = new JsonArray(redirectUri), ["scope"] = "openid", ["sector_identifier_uri"] = sector };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/register") { Content = new StringContent(metadata.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", permission);
        using var answer = await host.Oidc.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject());
    }
}
