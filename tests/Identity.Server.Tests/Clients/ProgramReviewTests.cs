using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Server.Clients;
using Identity.Server.Tests.Connect;
using Xunit;

namespace Identity.Server.Tests.Clients;

/// <summary>What registers itself (RFC 7591) is for nobody until a second person has looked, unless staff said otherwise when they gave the token away.</summary>
public sealed class ProgramReviewTests(CarefulServer careful) : IClassFixture<CarefulServer>
{
    private readonly OidcServer server = careful.Oidc;

    [Fact]
    public async Task A_program_waits_for_a_review_that_opens_it()
    {
        var id = await RegisterAsync(skipsReview: false);
        using var browser = await server.SignedInAsync();
        using (var before = await browser.GetAsync(Request(id).Url))
        {
            Assert.Equal(System.Net.HttpStatusCode.BadRequest, before.StatusCode);
        }

        var waiting = (await server.Server.AskAsync<ReviewClient, IReadOnlyList<RegisteredClient>>(review => review.WaitingAsync(CancellationToken.None))).Single(row => row.Id == id);
        Assert.Equal(
            ReviewClient.Outcome.Done,
            await server.Server.AskAsync<ReviewClient, ReviewClient.Outcome>(review => review.DecideAsync(id, waiting.Version, null, Guid.CreateVersion7(), CancellationToken.None)));
        Assert.NotEmpty(await Request(id).CodeAsync(browser));
    }

    [Fact]
    public async Task A_token_that_skips_the_review_opens_at_once()
    {
        var id = await RegisterAsync(skipsReview: true);
        using var browser = await server.SignedInAsync();
        Assert.NotEmpty(await Request(id).CodeAsync(browser));
    }

    [Fact]
    public async Task A_duty_in_law_counts_only_after_a_review()
    {
        var id = await RegisterAsync(skipsReview: false, metadata => metadata["legal_ground"] = "某法");
        Assert.True((await SettingsAsync(id)).AsksConsent);
        var open = await RegisterAsync(skipsReview: true, metadata => metadata["legal_ground"] = "某法");
        Assert.False((await SettingsAsync(open)).AsksConsent);
    }

    private AuthorizationRequest Request(string id) => server.Request(OidcServer.Hr, "openid").With("client_id", id).With("redirect_uri", "https://rp.example/callback");

    private Task<ClientSettings> SettingsAsync(string id) => server.Server.AskAsync<ClientDirectory, ClientSettings>(clients => Task.FromResult(clients.Find(id)!));

    private async Task<string> RegisterAsync(bool skipsReview, Action<JsonObject>? change = null)
    {
        var (_, token) = await server.Server.AskAsync<InitialAccessTokens, (Guid, string)>(tokens => tokens.IssueAsync("test", 1, TimeSpan.FromDays(1), "test", skipsReview, CancellationToken.None));
        var metadata = new JsonObject { ["client_name"] = "测试应用", ["redirect_uris"] = new JsonArray("https://rp.example/callback"), ["scope"] = "openid" };
        change?.Invoke(metadata);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/register") { Content = new StringContent(metadata.ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        return made.GetProperty("client_id").GetString()!;
    }
}
