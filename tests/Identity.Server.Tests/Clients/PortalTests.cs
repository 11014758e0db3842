using System.Net;
using Identity.Server.Clients;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Clients;

/// <summary>A server where unreviewed clients are for their developers and testers alone, as in production.</summary>
public sealed class CarefulServer : IAsyncLifetime
{
    internal OidcServer Oidc { get; } = new(new() { ["Registration:RestrictUnreviewed"] = "true" });

    public ValueTask InitializeAsync() => Oidc.InitializeAsync();

    public ValueTask DisposeAsync() => Oidc.DisposeAsync();
}

/// <summary>The developer portal, as a browser without script sees it.</summary>
public sealed class PortalTests(CarefulServer careful) : IClassFixture<CarefulServer>
{
    private readonly OidcServer server = careful.Oidc;

    [Fact]
    public async Task A_developer_registers_and_signs_in_with_what_the_page_says()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, secret, page) = await Portal.RegisterAsync(developer);
        Assert.NotNull(secret);
        using var answer = await SignInAsync(developer, id, secret);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);

        // Shown once: a reload does not have it.
        using var again = await developer.OpenAsync($"/developer/clients/{id}");
        Assert.Null(again.QuerySelector("#secret"));
        page.Dispose();
    }

    [Theory]
    [InlineData("Name", "", "Name")]
    [InlineData("RedirectUris", "", "RedirectUris")]
    [InlineData("RedirectUris", "http://app.example.org/", "RedirectUris")]
    [InlineData("RedirectUris", "https://app.example.org/*", "RedirectUris")]
    [InlineData("Purposes[profile]", "", "Purposes-profile")]
    [InlineData("Contacts", "nobody", "Contacts")]
    public async Task What_is_wrong_is_said_at_its_field(string field, string value, string named)
    {
        using var developer = await Portal.DeveloperAsync(server);
        var form = Portal.Form();
        form[field] = value;
        using var answer = await developer.SubmitAsync("/developer/new?how=Web", form, "main form.card");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var page = await Browser.ReadAsync(answer);
        Assert.NotNull(page.QuerySelector($".summary a[href='#{named}']"));
        Assert.NotNull(page.QuerySelector($"#{named}"));
    }

    [Fact]
    public async Task Another_developers_client_is_not_there()
    {
        using var one = await Portal.DeveloperAsync(server);
        using var other = await Portal.DeveloperAsync(server);
        var (id, _, _) = await Portal.RegisterAsync(one);
        foreach (var path in new[] { "", "/edit", "/requests", "/quick-start", "?handler=Export" })
        {
            using var answer = await other.GetAsync($"/developer/clients/{id}{path}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Who_was_never_verified_registers_nothing()
    {
        using var anybody = await server.SignedInAsync();
        using var answer = await anybody.GetAsync("/developer/new?how=Web");
        Assert.Equal("/developer/not-yet", answer.Headers.Location?.OriginalString);
        using var nobody = server.Server.OpenBrowser();
        using var asked = await nobody.GetAsync("/developer");
        Assert.Contains("/sign-in", asked.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task After_a_new_secret_both_are_good_until_the_former_is_ended()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, first, _) = await Portal.RegisterAsync(developer);
        using var page = await Portal.PressAsync(developer, id, "Secret");
        var second = page.QuerySelector("#secret")!.TextContent;
        Assert.NotEqual(first, second);
        foreach (var secret in new[] { first, second })
        {
            using var answer = await SignInAsync(developer, id, secret);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        (await Portal.PressAsync(developer, id, "EndFormer")).Dispose();
        using var refused = await SignInAsync(developer, id, first);
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(refused));
        using var still = await SignInAsync(developer, id, second);
        Assert.Equal(HttpStatusCode.OK, still.StatusCode);
    }

    [Fact]
    public async Task A_leaked_secret_ends_at_once()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, first, _) = await Portal.RegisterAsync(developer);
        (await Portal.PressAsync(developer, id, "Secret", new() { ["formerEndsNow"] = "true" })).Dispose();
        using var refused = await SignInAsync(developer, id, first);
        Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(refused));
    }

    [Fact]
    public async Task A_tester_counts_after_agreeing_and_not_before()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, _, _) = await Portal.RegisterAsync(developer);
        var name = await server.Server.AddAccountAsync();
        using var tester = await server.SignedInAsync(name);
        (await Portal.PressAsync(developer, id, "AddTester", new() { ["userName"] = name })).Dispose();
        (await Portal.PressAsync(developer, id, "AddTester", new() { ["userName"] = "nobody-of-this-name" })).Dispose();
        using (var before = await tester.GetAsync(RequestOf(id).Url))
        {
            Assert.Equal(HttpStatusCode.BadRequest, before.StatusCode);
        }

        (await tester.SubmitAsync("/developer/invitations", new Dictionary<string, string> { ["agrees"] = "true" }, "main .actions form")).Dispose();
        Assert.NotEmpty(await RequestOf(id).CodeAsync(tester));
        (await tester.SubmitAsync("/developer/invitations", new Dictionary<string, string> { ["agrees"] = "false" }, "main .actions form")).Dispose();
        using var after = await tester.GetAsync(RequestOf(id).Url);
        Assert.Equal(HttpStatusCode.BadRequest, after.StatusCode);
    }

    [Fact]
    public async Task A_review_by_somebody_else_opens_it_and_later_changes_wait_for_another()
    {
        var (developer, _, accountId) = await Portal.NamedDeveloperAsync(server);
        using var own = developer;
        var (id, secret, _) = await Portal.RegisterAsync(developer);
        using var stranger = await server.SignedInAsync();
        (await Portal.PressAsync(developer, id, "Review")).Dispose();
        var version = await VersionAsync(id);
        Assert.Equal(ReviewClient.Outcome.OwnClient, await DecideAsync(id, version, null, accountId));
        Assert.Equal(ReviewClient.Outcome.NotWaiting, await DecideAsync(id, version - 1, null, Guid.CreateVersion7()));

        // Refused for a reason, which the developer reads.
        Assert.Equal(ReviewClient.Outcome.Done, await DecideAsync(id, version, "名称与税务局相同", Guid.CreateVersion7()));
        using (var page = await developer.OpenAsync($"/developer/clients/{id}"))
        {
            Assert.Contains("名称与税务局相同", page.Body!.TextContent, StringComparison.Ordinal);
        }

        (await Portal.PressAsync(developer, id, "Review")).Dispose();
        Assert.Equal(ReviewClient.Outcome.Done, await DecideAsync(id, await VersionAsync(id), null, Guid.CreateVersion7()));
        Assert.NotEmpty(await RequestOf(id).CodeAsync(stranger));

        // What was reviewed stays in force until the change is, too.
        var form = Portal.Form();
        form["RedirectUris"] = "https://new.example.org/callback";
        (await developer.SubmitAsync($"/developer/clients/{id}/edit", form, "main form.card")).Dispose();
        Assert.NotEmpty(await RequestOf(id).CodeAsync(stranger));
        using (var refused = await stranger.GetAsync(RequestOf(id).With("redirect_uri", "https://new.example.org/callback").Url))
        {
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }

        (await Portal.PressAsync(developer, id, "Review")).Dispose();
        Assert.Equal(ReviewClient.Outcome.Done, await DecideAsync(id, await VersionAsync(id), null, Guid.CreateVersion7()));
        Assert.NotEmpty(await RequestOf(id).With("redirect_uri", "https://new.example.org/callback").CodeAsync(stranger));
        Assert.NotNull(secret);
    }

    [Fact]
    public async Task An_edit_after_the_review_was_asked_for_takes_the_request_back()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, _, _) = await Portal.RegisterAsync(developer);
        (await Portal.PressAsync(developer, id, "Review")).Dispose();
        var seen = await VersionAsync(id);
        var form = Portal.Form();
        form["RedirectUris"] = "https://evil.example.org/";
        (await developer.SubmitAsync($"/developer/clients/{id}/edit", form, "main form.card")).Dispose();
        Assert.Equal(ReviewClient.Outcome.NotWaiting, await DecideAsync(id, seen, null, Guid.CreateVersion7()));
    }

    [Fact]
    public async Task A_failed_request_is_in_the_log_and_explained_and_holds_no_secret()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, secret, _) = await Portal.RegisterAsync(developer);
        using var stranger = await server.SignedInAsync();
        (await developer.GetAsync(RequestOf(id).With("redirect_uri", AClient.Home + "/?person=secret-name").Url)).Dispose();
        (await SignInAsync(developer, id, secret + "-not-quite")).Dispose();
        (await SignInAsync(developer, id, secret + "-not-quite")).Dispose();
        (await stranger.GetAsync(RequestOf(id).Url)).Dispose();

        using var page = await developer.OpenAsync($"/developer/clients/{id}/requests?lang=en");
        var text = page.QuerySelector("main")!.TextContent;
        Assert.Contains("The redirect_uri sent is not registered", text, StringComparison.Ordinal);
        Assert.Contains(AClient.Home + "/", text, StringComparison.Ordinal);
        Assert.Contains("The application did not prove itself", text, StringComparison.Ordinal);
        Assert.Contains("2 times", text, StringComparison.Ordinal);
        Assert.Contains("neither you nor a tester", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-name", text, StringComparison.Ordinal);
        Assert.DoesNotContain("not-quite", text, StringComparison.Ordinal);
        using var chinese = await developer.OpenAsync($"/developer/clients/{id}/requests?lang=zh-CN");
        Assert.Contains("应用没有证明自己的身份", chinese.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alike_failures_count_and_different_ones_are_so_many()
    {
        await using var small = new OidcServer(new() { ["Registration:FailuresPerClient"] = "3" });
        await small.InitializeAsync();
        var (client, _) = await AClient.RegisterAsync(small.Server);
        var log = (RequestLog)small.Server.App.Services.GetService(typeof(RequestLog))!;
        for (var i = 0; i < 10; i++)
        {
            log.Add(client.Id, "authorize", "invalid_request", "same", null);
            log.Add(client.Id, "authorize", "invalid_request", $"other {i}", null);
        }

        log.Add("rp-unknown", "authorize", "invalid_request", "nobody's", null);
        log.Add(OidcServer.Hr, "authorize", "invalid_request", "configured", null);
        var kept = await log.ReadAsync(client.Id, TestContext.Current.CancellationToken);
        Assert.Equal(3, kept.Count);
        Assert.Empty(await log.ReadAsync(OidcServer.Hr, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_quick_start_holds_the_clients_own_values_and_never_its_secret()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, secret, _) = await Portal.RegisterAsync(developer);
        foreach (var kind in new[] { "node", "aspnet", "apache" })
        {
            using var page = await developer.OpenAsync($"/developer/clients/{id}/quick-start?with={kind}");
            var files = page.QuerySelectorAll("pre code");
            Assert.True(files.Length >= 2, kind);
            Assert.Contains(id, files[0].TextContent, StringComparison.Ordinal);
            Assert.Contains(server.Issuer, files[0].TextContent, StringComparison.Ordinal);
            Assert.DoesNotContain(secret!, page.Source.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_removed_client_is_gone_with_its_tokens()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, secret, _) = await Portal.RegisterAsync(developer);
        using var answer = await SignInAsync(developer, id, secret);
        var tokens = await Tokens.ReadAsync(answer);
        (await Portal.PressAsync(developer, id, "Remove", new() { ["sure"] = "true" })).Dispose();
        using var userInfo = await server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
        using var refused = await developer.GetAsync(RequestOf(id).Url);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        using var page = await developer.GetAsync($"/developer/clients/{id}");
        Assert.Equal(HttpStatusCode.NotFound, page.StatusCode);
    }

    [Fact]
    public async Task What_one_exports_another_imports()
    {
        using var developer = await Portal.DeveloperAsync(server);
        var (id, _, _) = await Portal.RegisterAsync(developer);
        using var file = await developer.GetAsync($"/developer/clients/{id}?handler=Export");
        var json = await file.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("\"redirect_uris\"", json, StringComparison.Ordinal);
        using var other = await Portal.DeveloperAsync(server);
        using var page = await other.OpenAsync("/developer/import");
        var token = page.QuerySelector("main input[name=__RequestVerificationToken]")!.GetAttribute("value")!;
        using var form = new MultipartFormDataContent { { new StringContent(json), "json" }, { new StringContent(token), "__RequestVerificationToken" } };
        using var answer = await other.Http.PostAsync(new Uri("/developer/import", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.True(answer.Headers.Location is not null, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var imported = await other.OpenAsync(answer.Headers.Location.OriginalString);
        Assert.NotEqual(id, imported.QuerySelector("#client-id")!.TextContent);
        Assert.Contains(AClient.Home, imported.Body!.TextContent, StringComparison.Ordinal);
        Assert.NotNull(imported.QuerySelector("#secret"));
    }

    private AuthorizationRequest RequestOf(string id) => server.Request(scope: "openid").With("client_id", id).With("redirect_uri", AClient.Home);

    private async Task<HttpResponseMessage> SignInAsync(Browser person, string id, string? secret)
    {
        var request = RequestOf(id);
        return await AClient.RedeemAsync(server, request, await request.CodeAsync(person), secret);
    }

    private async Task<int> VersionAsync(string id) =>
        (await server.Server.AskAsync<ReviewClient, IReadOnlyList<RegisteredClient>>(review => review.WaitingAsync(CancellationToken.None))).Single(row => row.Id == id).Version;

    private Task<ReviewClient.Outcome> DecideAsync(string id, int version, string? refusedFor, Guid reviewer) =>
        server.Server.AskAsync<ReviewClient, ReviewClient.Outcome>(review => review.DecideAsync(id, version, refusedFor, reviewer, CancellationToken.None));
}
