using System.Net;
using System.Text.Json;
using AngleSharp.Html.Dom;
using Identity.Server.Clients;
using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Connect;

public sealed class ConsentTests(ConsentTests.OnSqlite on) : ConsentCases(on), IClassFixture<ConsentTests.OnSqlite>
{
    public sealed class OnSqlite : Province;
}

public sealed class ConsentOnPostgresTests(ConsentOnPostgresTests.OnPostgres on) : ConsentCases(on), IClassFixture<ConsentOnPostgresTests.OnPostgres>
{
    public sealed class OnPostgres(PostgresServer postgres) : Province
    {
        protected override async Task<Dictionary<string, string?>> StorageAsync() => new() { ["Storage:Provider"] = "Postgres", ["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync() };
    }
}

/// <summary>Who gets what about a person, by whose leave, until when (个人信息保护法 13 to 17; OpenID Connect Core 3.1.2.4, 5.5). On either database.</summary>
public abstract class ConsentCases(ConsentCases.Province province)
{
    private const string Library = "library";
    private const string Duty = "duty";

    private OidcServer Server => province.Oidc;

    [Fact]
    public async Task The_first_sign_in_asks_what_for_and_the_answer_is_remembered()
    {
        using var browser = await province.SomebodyAsync();
        var request = Request();
        using var page = await AskedAsync(browser, request);
        Assert.Contains("借书证上的姓名", page.Body!.TextContent, StringComparison.Ordinal);
        Assert.Contains("市图书馆", page.Body.TextContent, StringComparison.Ordinal);
        Assert.Contains("privacy@library.example", page.Body.TextContent, StringComparison.Ordinal);
        var answer = await AllowAsync(browser, request);
        Assert.NotEmpty(answer["code"]);
        Assert.NotEmpty(await Request().CodeAsync(browser));
    }

    [Fact]
    public async Task What_is_optional_is_not_ticked_and_not_given()
    {
        using var browser = await province.SomebodyAsync();
        var request = Request();
        using var page = await AskedAsync(browser, request);
        var boxes = page.QuerySelectorAll("input[name=allowed]").Cast<IHtmlInputElement>().ToArray();
        Assert.Equal(["birthdate"], boxes.Select(box => box.Value));
        Assert.False(boxes[0].IsChecked);
        var tokens = await TokensAsync(browser, request);
        Assert.Equal("openid profile", tokens.Scope);
        var claims = await UserInfoAsync(tokens.AccessToken);
        Assert.True(claims.TryGetProperty("name", out _));
        Assert.False(claims.TryGetProperty("birthdate", out _));
    }

    [Fact]
    public async Task What_was_left_out_stays_out_after_a_refresh_and_when_asked_again()
    {
        using var browser = await province.SomebodyAsync();
        var tokens = await TokensAsync(browser, Request(scope: "openid profile birthdate offline_access"));
        using var refreshed = await Server.TokenAsync(Library, new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.RefreshToken! });
        var renewed = await Tokens.ReadAsync(refreshed);
        Assert.False((await UserInfoAsync(renewed.AccessToken)).TryGetProperty("birthdate", out _));

        // A second request finds the answer, which says no to one of the two, and asks nobody.
        var again = Request(scope: "openid profile birthdate offline_access");
        using var redeemed = await again.RedeemAsync(await again.CodeAsync(browser));
        Assert.DoesNotContain("birthdate", (await Tokens.ReadAsync(redeemed)).Scope!, StringComparison.Ordinal);

        // Nor can a refresh ask for more than was given.
        using var more = await Server.TokenAsync(Library, new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = renewed.RefreshToken!, ["scope"] = "openid birthdate" });
        Assert.Equal(HttpStatusCode.BadRequest, more.StatusCode);
    }

    [Fact]
    public async Task What_is_ticked_is_given()
    {
        using var browser = await province.SomebodyAsync();
        var tokens = await TokensAsync(browser, Request(), "birthdate");
        Assert.Equal("1990-03-07", (await UserInfoAsync(tokens.AccessToken)).GetProperty("birthdate").GetString());
    }

    [Fact]
    public async Task Somebody_ticks_nothing_that_was_not_asked_for()
    {
        using var browser = await province.SomebodyAsync();
        var tokens = await TokensAsync(browser, Request(scope: "openid"), "birthdate", "profile");
        Assert.Equal("openid", tokens.Scope);
    }

    [Fact]
    public async Task A_refusal_goes_back_as_access_denied_and_the_next_request_asks_again()
    {
        using var browser = await province.SomebodyAsync();
        var request = Request();
        var answer = await AnswerAsync(browser, request, "refuse");
        Assert.Equal("access_denied", answer["error"]);
        Assert.Equal("st&te=1", answer["state"]);
        using var page = await AskedAsync(browser, Request());
    }

    [Fact]
    public async Task Prompt_none_is_consent_required_until_there_is_an_answer()
    {
        using var browser = await province.SomebodyAsync();
        Assert.Equal("consent_required", (await Request().With("prompt", "none").AnswerAsync(browser))["error"]);
        await AllowAsync(browser, Request());
        Assert.NotEmpty(await Request().With("prompt", "none").CodeAsync(browser));
    }

    [Fact]
    public async Task Prompt_consent_asks_whatever_is_remembered_and_once()
    {
        using var browser = await province.SomebodyAsync();
        await AllowAsync(browser, Request());
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        Assert.NotEmpty((await AllowAsync(browser, Request().With("prompt", "consent")))["code"]);
    }

    [Fact]
    public async Task Who_allows_less_than_before_tells_less_at_once_also_to_tokens_of_before()
    {
        using var browser = await province.SomebodyAsync();
        var before = await TokensAsync(browser, Request(), "birthdate");
        Assert.True((await UserInfoAsync(before.AccessToken)).TryGetProperty("birthdate", out _));
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        await AllowAsync(browser, Request().With("prompt", "consent"));

        var claims = await UserInfoAsync(before.AccessToken);
        Assert.False(claims.TryGetProperty("birthdate", out _));
        Assert.True(claims.TryGetProperty("name", out _));
    }

    [Fact]
    public async Task Who_allows_less_than_before_is_obeyed_at_the_api_at_once()
    {
        using var browser = await province.SomebodyAsync();
        var token = (await TokensAsync(browser, Request(scope: "openid credentials"), "credentials")).AccessToken;
        Assert.Equal(HttpStatusCode.OK, await ApiAsync(token));
        await Task.Delay(1100, TestContext.Current.CancellationToken);
        await AllowAsync(browser, Request(scope: "openid credentials").With("prompt", "consent"));
        Assert.Equal(HttpStatusCode.Forbidden, await ApiAsync(token));
    }

    [Fact]
    public async Task Two_tabs_that_ask_at_once_both_arrive_and_one_answer_is_in_force()
    {
        using var browser = await province.SomebodyAsync();
        var tabs = new[] { Request(), Request() };
        var open = new List<(string Address, FormUrlEncodedContent Form)>();
        foreach (var tab in tabs)
        {
            open.Add(await OpenFormAsync(browser, tab, "allow"));
        }

        // Both buttons at the same moment: of two rows the database takes one.
        var codes = await Task.WhenAll(open.Select(async form => (await FinishAsync(browser, form.Address, form.Form))["code"]));
        foreach (var (tab, code) in tabs.Zip(codes))
        {
            using var redeemed = await tab.RedeemAsync(code);
            Assert.Equal(HttpStatusCode.OK, redeemed.StatusCode);
        }

        using var page = await browser.OpenAsync("/account/applications");
        Assert.Single(page.QuerySelectorAll("form[action*=Withdraw]"));
    }

    [Fact]
    public async Task A_tab_whose_question_was_answered_in_another_goes_on_with_that_answer()
    {
        using var browser = await province.SomebodyAsync();
        var (address, form) = await OpenFormAsync(browser, Request(), "refuse");
        await AllowAsync(browser, Request());

        // Said yes there a moment ago and no here: the answer in force is the yes, which the person's page takes back.
        Assert.Contains("code", (await FinishAsync(browser, address, form)).Keys);
        Assert.NotEmpty(await Request().CodeAsync(browser));
    }

    [Fact]
    public async Task A_FAPI_client_asks_by_PAR_and_gets_what_was_allowed_bound_to_its_key()
    {
        using var browser = await province.SomebodyAsync();
        using var http = new HttpClient(new DpopHandler(province.Key, new SocketsHttpHandler()) { Prepare = province.Key.AssertAnewAsync(ProtocolServer.Fapi, Server.Issuer) }) { BaseAddress = Server.Server.Login };
        var request = Request(ProtocolServer.Fapi);
        using var pushed = await http.PostAsync(new Uri("/connect/par", UriKind.Relative), Proved(request.Parameters.Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!)), TestContext.Current.CancellationToken);
        var uri = (await JsonAsync(pushed)).GetProperty("request_uri").GetString()!;
        using var asked = await browser.GetAsync($"/connect/authorize?client_id={ProtocolServer.Fapi}&request_uri={Uri.EscapeDataString(uri)}");
        Assert.StartsWith("/consent?", asked.Headers.Location!.OriginalString, StringComparison.Ordinal);
        using var answered = await browser.SubmitAsync(asked.Headers.Location.OriginalString, new Dictionary<string, string> { ["answer"] = "allow" });
        using var back = await browser.GetAsync(answered.Headers.Location!.OriginalString);
        var code = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(back.Headers.Location!.Query)["code"].ToString();
        using var redeemed = await http.PostAsync(
            new Uri("/connect/token", UriKind.Relative),
            Proved(new() { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = request.Parameters["redirect_uri"]!, ["code_verifier"] = request.Verifier }),
            TestContext.Current.CancellationToken);
        var tokens = await JsonAsync(redeemed);
        Assert.Equal(("DPoP", "openid profile"), (tokens.GetProperty("token_type").GetString(), tokens.GetProperty("scope").GetString()));
        using var call = new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo") { Headers = { Authorization = new("DPoP", tokens.GetProperty("access_token").GetString()) } };
        using var told = await http.SendAsync(call, TestContext.Current.CancellationToken);
        var claims = await JsonAsync(told);
        Assert.Equal("测试", claims.GetProperty("name").GetString());
        Assert.False(claims.TryGetProperty("birthdate", out _));
    }

    [Fact]
    public async Task The_persons_page_says_what_ends_within_two_weeks()
    {
        using var browser = await province.SomebodyAsync();
        await AllowAsync(browser, Request());
        using (var before = await browser.OpenAsync("/account/applications"))
        {
            Assert.Null(before.QuerySelector("a[href^='#app-']"));
        }

        var soon = TimeProvider.System.GetUtcNow().AddDays(3);
        await ChangeAsync(browser, consents => consents.ExecuteUpdateAsync(set => set.SetProperty(consent => consent.EndsAt, soon)));
        using var page = await browser.OpenAsync("/account/applications");
        var link = page.QuerySelector("[role=status] a[href^='#app-']")!;
        Assert.Equal("图书馆", link.TextContent);
        Assert.NotNull(page.QuerySelector(link.GetAttribute("href")!));
    }

    [Fact]
    public void An_answer_to_another_number_of_days_is_one_to_other_words()
    {
        var told = Told.Of(new ClientSettings { Name = "市图书馆" }, ["openid"]);
        Assert.Equal(told.Digest(30), told.Digest(30));
        Assert.NotEqual(told.Digest(30), told.Digest(366));
    }

    [Fact]
    public async Task More_than_was_allowed_is_asked_for_and_earlier_answers_are_kept()
    {
        using var browser = await province.SomebodyAsync();
        await AllowAsync(browser, Request(scope: "openid profile"));
        var request = Request(scope: "openid birthdate");
        await AllowAsync(browser, request, "birthdate", "profile");
        Assert.NotEmpty(await Request(scope: "openid profile birthdate").CodeAsync(browser));
    }

    [Fact]
    public async Task An_answer_to_another_purpose_or_past_its_end_is_none()
    {
        using var browser = await province.SomebodyAsync();
        await AllowAsync(browser, Request());
        await ChangeAsync(browser, consents => consents.ExecuteUpdateAsync(set => set.SetProperty(consent => consent.Told, consent => consent.Told.Replace("借书证上的姓名", "借书"))));
        using (await AskedAsync(browser, Request()))
        {
        }

        await AllowAsync(browser, Request());
        var ended = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await ChangeAsync(browser, consents => consents.ExecuteUpdateAsync(set => set.SetProperty(consent => consent.EndsAt, ended)));
        using var page = await AskedAsync(browser, Request());
    }

    [Fact]
    public async Task What_hangs_on_a_consent_ends_with_its_time()
    {
        using var browser = await province.SomebodyAsync();
        var tokens = await TokensAsync(browser, Request(scope: "openid profile offline_access"));
        var ended = TimeProvider.System.GetUtcNow().AddMinutes(-1);
        await Server.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcGrant>().Where(grant => grant.Application!.ClientId == Library).ExecuteUpdateAsync(set => set.SetProperty(grant => grant.EndsAt, ended)));
        using var answer = await Server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, await ApiAsync(tokens.AccessToken));
        foreach (var token in new[] { tokens.AccessToken, tokens.RefreshToken! })
        {
            Assert.False((await Server.IntrospectAsync(Library, token)).GetProperty("active").GetBoolean());
        }

        using var refreshed = await Server.RefreshAsync(Library, tokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(refreshed));
    }

    [Fact]
    public async Task A_duty_in_law_asks_nobody_and_is_on_the_persons_list_with_its_reason()
    {
        using var browser = await province.SomebodyAsync();
        Assert.NotEmpty(await Server.Request(Duty).CodeAsync(browser));
        using var page = await browser.OpenAsync("/account/applications");
        Assert.Contains("税收征收管理法", page.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
        Assert.Contains("姓名", page.QuerySelector("main")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Withdrawing_ends_tokens_at_once_and_tells_the_application()
    {
        using var browser = await province.SomebodyAsync();
        var tokens = await TokensAsync(browser, Request(scope: "openid profile offline_access"));
        Assert.True((await Server.IntrospectAsync(Library, tokens.AccessToken)).GetProperty("active").GetBoolean());
        var told = province.Receiver.Taken.Count;
        using var withdrawn = await browser.SubmitAsync("/account/applications", new Dictionary<string, string>(), "form[action*=Withdraw]");
        Assert.Equal(HttpStatusCode.Redirect, withdrawn.StatusCode);

        using var userInfo = await Server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
        Assert.False((await Server.IntrospectAsync(Library, tokens.AccessToken)).GetProperty("active").GetBoolean());
        using var refreshed = await Server.RefreshAsync(Library, tokens.RefreshToken!);
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(refreshed));
        await province.Receiver.UntilAsync(taken => taken.Count > told);
        using var page = await AskedAsync(browser, Request());
    }

    [Fact]
    public async Task Nobody_withdraws_for_somebody_else()
    {
        using var one = await province.SomebodyAsync();
        var tokens = await TokensAsync(one, Request());
        using var mine = await one.OpenAsync("/account/applications");
        var id = ((IHtmlInputElement)mine.QuerySelector("form[action*=Withdraw] input[name=id]")!).Value;
        using var other = await province.SomebodyAsync();
        await AllowAsync(other, Request());
        using var tried = await other.SubmitAsync("/account/applications", new Dictionary<string, string> { ["id"] = id }, "form[action*=Withdraw]");
        using var userInfo = await Server.UserInfoAsync(tokens.AccessToken);
        Assert.Equal(HttpStatusCode.OK, userInfo.StatusCode);
    }

    [Fact]
    public async Task A_claim_that_is_asked_for_by_name_comes_in_the_identity_token_when_allowed_and_not_else()
    {
        using var browser = await province.SomebodyAsync();
        var request = Request(scope: "openid offline_access").With("claims", """{"id_token":{"name":{"essential":true},"birthdate":null}}""");
        var tokens = await TokensAsync(browser, request);
        Assert.Equal("测试", tokens.IdClaims.GetProperty("name").GetString());
        Assert.False(tokens.IdClaims.TryGetProperty("birthdate", out _));
        using var refreshed = await Server.RefreshAsync(Library, tokens.RefreshToken!);
        var renewed = (await Tokens.ReadAsync(refreshed)).IdClaims;
        Assert.True(renewed.TryGetProperty("name", out _));
        Assert.False(renewed.TryGetProperty("birthdate", out _));
    }

    [Fact]
    public async Task A_claim_beyond_the_registration_is_left_out()
    {
        using var browser = await province.SomebodyAsync();
        var tokens = await TokensAsync(browser, Request(scope: "openid").With("claims", """{"userinfo":{"age_over_18":{"essential":true}}}"""));
        Assert.False((await UserInfoAsync(tokens.AccessToken)).TryGetProperty("age_over_18", out _));
    }

    [Fact]
    public async Task A_form_left_open_too_long_or_finished_in_another_browser_asks_again()
    {
        using var one = await province.SomebodyAsync();
        var request = Request();
        using var asked = await one.GetAsync(request.Url);
        var address = asked.Headers.Location!.OriginalString;

        // Somebody else, signed in, with the first one's address: back to the request, which asks this person.
        using var other = await province.SomebodyAsync();
        using var answer = await other.GetAsync(address);
        Assert.StartsWith("/connect/authorize?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);

        // A ticket that is not ours.
        using var forged = await one.GetAsync(address.Replace("ask=", "ask=x", StringComparison.Ordinal));
        Assert.StartsWith("/connect/authorize?", forged.Headers.Location!.OriginalString, StringComparison.Ordinal);

        // Without the antiforgery token: the page again, with a word of explanation, and it works.
        using var page = await one.OpenAsync(address);
        using var expired = await one.SendAsync(address, page, new Dictionary<string, string> { ["__RequestVerificationToken"] = "old", ["answer"] = "allow" });
        Assert.Contains("expired=1", expired.Headers.Location!.OriginalString, StringComparison.Ordinal);
        using var again = await one.SubmitAsync(expired.Headers.Location.OriginalString, new Dictionary<string, string> { ["answer"] = "allow" });
        Assert.StartsWith("/connect/authorize?", again.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_leads_nowhere_but_to_the_request_and_is_shown_in_no_frame()
    {
        using var browser = await province.SomebodyAsync();
        using var asked = await browser.GetAsync(Request().Url);
        var address = asked.Headers.Location!.OriginalString;
        using var page = await browser.GetAsync(address);
        Assert.Contains("frame-ancestors 'none'", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("https://library.example", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        var ticket = address[..address.IndexOf("&returnUrl", StringComparison.Ordinal)];
        foreach (var elsewhere in new[] { "https://evil.example/", "//evil.example", "/account", "/connect/authorize?x=1\\@evil.example", "" })
        {
            using var answer = await browser.SubmitAsync($"{ticket}&returnUrl={Uri.EscapeDataString(elsewhere)}", new Dictionary<string, string> { ["answer"] = "refuse" });
            Assert.StartsWith("/account", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_answer_to_words_that_have_changed_meanwhile_is_none()
    {
        using var browser = await province.SomebodyAsync();
        using var asked = await browser.GetAsync(Request().Url);
        using var answer = await browser.SubmitAsync(asked.Headers.Location!.OriginalString, new Dictionary<string, string> { ["answer"] = "allow", ["seen"] = "00" });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("consent_required", (await Request().With("prompt", "none").AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task What_was_pushed_is_asked_about_too()
    {
        using var browser = await province.SomebodyAsync();
        var request = Request();
        using var pushed = await Server.PostAsync("/connect/par", Library, request.Parameters.Where(p => p.Value is not null).ToDictionary(p => p.Key, p => p.Value!));
        var text = await pushed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(pushed.IsSuccessStatusCode, text);
        var uri = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("request_uri").GetString()!;
        using var first = await browser.GetAsync($"/connect/authorize?client_id={Library}&request_uri={Uri.EscapeDataString(uri)}");
        Assert.StartsWith("/consent?", first.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.DoesNotContain("birthdate", first.Headers.Location.OriginalString, StringComparison.Ordinal);
        using var answered = await browser.SubmitAsync(first.Headers.Location.OriginalString, new Dictionary<string, string> { ["answer"] = "allow" });
        using var back = await browser.GetAsync(answered.Headers.Location!.OriginalString);
        Assert.Contains("code=", back.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_person_takes_a_copy_of_what_is_held()
    {
        using var browser = await province.SomebodyAsync();
        var tokens = await TokensAsync(browser, Request());
        await UserInfoAsync(tokens.AccessToken);
        using var answer = await browser.SubmitAsync("/account/applications", new Dictionary<string, string>(), "form[action*=Export]");
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        var copy = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Library, copy.GetProperty("applications")[0].GetProperty("clientId").GetString());
        Assert.Equal("name", copy.GetProperty("disclosures")[0].GetProperty("claims")[0].GetString());
        Assert.Equal("测试", copy.GetProperty("person").GetProperty("name").GetString());
    }

    [Fact]
    public async Task A_hint_with_a_pairwise_sub_is_understood()
    {
        using var browser = await province.SomebodyAsync();
        var tokens = await TokensAsync(browser, Request());
        Assert.NotEmpty(await Request().With("prompt", "none").With("id_token_hint", tokens.IdToken).CodeAsync(browser));
        using var other = await province.SomebodyAsync();
        await AllowAsync(other, Request());
        Assert.Equal("login_required", (await Request().With("prompt", "none").With("id_token_hint", tokens.IdToken).AnswerAsync(other))["error"]);
    }

    private AuthorizationRequest Request(string client = Library, string scope = "openid profile birthdate") => Server.Request(client, scope);

    private static async Task<IHtmlDocument> AskedAsync(Browser browser, AuthorizationRequest request)
    {
        using var answer = await browser.GetAsync(request.Url);
        Assert.True(answer.Headers.Location is not null, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("/consent?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        using var page = await browser.GetAsync(answer.Headers.Location.OriginalString);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        return await Browser.ReadAsync(page);
    }

    private static Task<Dictionary<string, string>> AllowAsync(Browser browser, AuthorizationRequest request, params string[] ticked) => AnswerAsync(browser, request, "allow", ticked);

    /// <summary>Asks, answers, and reads what the client hears.</summary>
    private static async Task<Dictionary<string, string>> AnswerAsync(Browser browser, AuthorizationRequest request, string answer, params string[] ticked)
    {
        var (address, form) = await OpenFormAsync(browser, request, answer, ticked);
        return await FinishAsync(browser, address, form);
    }

    /// <summary>Asks, and fills the form in without sending it.</summary>
    private static async Task<(string Address, FormUrlEncodedContent Form)> OpenFormAsync(Browser browser, AuthorizationRequest request, string answer, params string[] ticked)
    {
        using var asked = await browser.GetAsync(request.Url);
        Assert.StartsWith("/consent?", asked.Headers.Location!.OriginalString, StringComparison.Ordinal);
        var address = asked.Headers.Location.OriginalString;
        using var page = await browser.OpenAsync(address);
        var form = (IHtmlFormElement)page.QuerySelector("main form")!;
        var fields = form.QuerySelectorAll("input[type=hidden]").Cast<IHtmlInputElement>().Select(input => KeyValuePair.Create(input.Name!, input.Value))
            .Append(KeyValuePair.Create("answer", answer)).Concat(ticked.Select(scope => KeyValuePair.Create("allowed", scope)));
        return (address, new FormUrlEncodedContent(fields));
    }

    /// <summary>Sends the form, and reads what the client hears.</summary>
    private static async Task<Dictionary<string, string>> FinishAsync(Browser browser, string address, FormUrlEncodedContent form)
    {
        using var answered = await browser.Http.PostAsync(new Uri(address, UriKind.Relative), form);
        Assert.True(answered.Headers.Location is not null, await answered.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var back = await browser.GetAsync(answered.Headers.Location!.OriginalString);

        // Where another tab's answer came in between, the request looks once more, by an address to the same place.
        for (var hops = 0; hops < 3 && back.Headers.Location!.OriginalString.StartsWith("/connect/authorize?", StringComparison.Ordinal); hops++)
        {
            var again = back.Headers.Location.OriginalString;
            back.Dispose();
            back = await browser.GetAsync(again);
        }

        using var last = back;
        Assert.StartsWith("https://", back.Headers.Location!.OriginalString, StringComparison.Ordinal);
        return Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(back.Headers.Location.Query).ToDictionary(p => p.Key, p => p.Value.ToString());
    }

    private static async Task<Tokens> TokensAsync(Browser browser, AuthorizationRequest request, params string[] ticked)
    {
        var answer = await AllowAsync(browser, request, ticked);
        using var redeemed = await request.RedeemAsync(answer["code"]);
        return await Tokens.ReadAsync(redeemed);
    }

    private async Task<JsonElement> UserInfoAsync(string accessToken)
    {
        using var answer = await Server.UserInfoAsync(accessToken);
        return await JsonAsync(answer);
    }

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }

    private async Task<HttpStatusCode> ApiAsync(string accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/credentials") { Headers = { Authorization = new("Bearer", accessToken) } };
        using var answer = await Server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>A form with the FAPI client's proof.</summary>
    private FormUrlEncodedContent Proved(Dictionary<string, string> form) => new(new Dictionary<string, string>(form)
    {
        ["client_id"] = ProtocolServer.Fapi,
        ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ["client_assertion"] = province.Key.Assertion(ProtocolServer.Fapi, Server.Issuer),
    });

    /// <summary>Changes what is remembered about this browser's person, as time or an edit would.</summary>
    private async Task ChangeAsync(Browser browser, Func<IQueryable<Consent>, Task<int>> change)
    {
        using var page = await browser.OpenAsync("/account/applications");
        var id = Guid.Parse(((IHtmlInputElement)page.QuerySelector("form[action*=Withdraw] input[name=id]")!).Value);
        Assert.Equal(1, await Server.Server.AskAsync<ServerDbContext, int>(db => change(db.Set<Consent>().Where(consent => consent.Id == id))));
    }

    /// <summary>The server with an application that asks, one that has a duty, and people with a birthday.</summary>
    public abstract class Province : IAsyncLifetime
    {
        private int _people;

        internal Signer Key { get; } = new();

        internal OidcServer Oidc { get; private set; } = null!;

        internal LogoutReceiver Receiver { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Receiver = await LogoutReceiver.StartAsync();
            Oidc = new OidcServer(new(await StorageAsync())
            {
                ["Clients:library:Name"] = "图书馆",
                ["Clients:library:Secret"] = "library-test-secret",
                ["Clients:library:RedirectUris:0"] = "https://library.example/callback",
                ["Clients:library:BackchannelLogoutUri"] = Receiver.Address,
                ["Clients:library:Scopes:0"] = "openid",
                ["Clients:library:Scopes:1"] = "profile",
                ["Clients:library:Scopes:2"] = "birthdate",
                ["Clients:library:Scopes:3"] = "offline_access",
                ["Clients:library:Scopes:4"] = "credentials",
                ["Clients:library:OptionalScopes:0"] = "birthdate",
                ["Clients:library:OptionalScopes:1"] = "credentials",
                ["Clients:library:Purposes:profile"] = "借书证上的姓名",
                ["Clients:library:Purposes:birthdate"] = "老年人免押金",
                ["Clients:library:Operator"] = "市图书馆",
                ["Clients:library:Contacts:0"] = "privacy@library.example",
                ["Clients:library:LegalGround"] = null,

                ["Clients:duty:Name"] = "税务",
                ["Clients:duty:Secret"] = "duty-test-secret",
                ["Clients:duty:RedirectUris:0"] = "https://duty.example/callback",
                ["Clients:duty:Scopes:0"] = "openid",
                ["Clients:duty:Scopes:1"] = "profile",
                ["Clients:duty:LegalGround"] = "税收征收管理法",

                ["Clients:fapi:Name"] = "银行",
                ["Clients:fapi:Fapi"] = "true",
                ["Clients:fapi:Jwks"] = Signer.Jwks(Key),
                ["Clients:fapi:RedirectUris:0"] = "https://fapi.example/callback",
                ["Clients:fapi:Scopes:0"] = "openid",
                ["Clients:fapi:Scopes:1"] = "profile",
                ["Clients:fapi:Scopes:2"] = "birthdate",
                ["Clients:fapi:OptionalScopes:0"] = "birthdate",
                ["Clients:fapi:LegalGround"] = null,
            });
            await Oidc.InitializeAsync();
        }

        public async ValueTask DisposeAsync()
        {
            await Oidc.DisposeAsync();
            await Receiver.DisposeAsync();
            Key.Dispose();
            GC.SuppressFinalize(this);
        }

        /// <summary>Which database; SQLite in a file where nothing is said.</summary>
        protected virtual Task<Dictionary<string, string?>> StorageAsync() => Task.FromResult(new Dictionary<string, string?>());

        /// <summary>Somebody born on 7 March 1990, signed in.</summary>
        internal async Task<Browser> SomebodyAsync()
        {
            var number = ResidentNumber.WithCheckDigit($"34990019900307{Interlocked.Increment(ref _people):000}");
            Assert.True(DocumentNumber.TryParse(DocumentType.ResidentId, number, DateOnly.MaxValue, out var document));
            var personId = await Oidc.Server.AskAsync<FindOrAddPerson, Guid>(find => find.HandleAsync(document, "测试", [], CancellationToken.None));
            return await Oidc.SignedInAsync(await Oidc.Server.AddAccountAsync(personId: personId));
        }
    }
}
