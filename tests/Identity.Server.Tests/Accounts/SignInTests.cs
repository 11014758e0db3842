using System.Diagnostics.Metrics;
using System.Net;
using Identity.Server.Accounts;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Accounts;

public sealed class SignInTests(TheServer server, ITestOutputHelper output) : IClassFixture<TheServer>
{
    [Fact]
    public async Task The_right_password_signs_in_and_goes_back_to_where_one_came_from()
    {
        var name = await server.AddAccountAsync();
        using var browser = server.OpenBrowser();
        using var answer = await browser.SignInAsync(name, returnUrl: "/account?from=test");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/account?from=test", answer.Headers.Location?.OriginalString);
        Assert.True(await browser.IsSignedInAsync());
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_get_the_same_answer()
    {
        var name = await server.AddAccountAsync();
        using var browser = server.OpenBrowser();
        using var wrong = await browser.SignInAsync(name, "not the password");
        using var unknown = await browser.SignInAsync("nobody-" + name, "not the password");
        Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        Assert.Equal(wrong.StatusCode, unknown.StatusCode);
        using var wrongPage = await Browser.ReadAsync(wrong);
        using var unknownPage = await Browser.ReadAsync(unknown);
        Assert.Equal(wrongPage.QuerySelector(".summary")?.OuterHtml, unknownPage.QuerySelector(".summary")?.OuterHtml);
        Assert.Equal("用户名或密码不正确，请检查后重试", wrongPage.QuerySelector(".summary li")?.TextContent.Trim());
        Assert.Equal("#password", wrongPage.QuerySelector(".summary a")?.GetAttribute("href"));
    }

    [Fact]
    public async Task A_character_that_cannot_be_normalised_is_a_wrong_name_or_password_and_no_fault()
    {
        var name = await server.AddAccountAsync();
        using var browser = server.OpenBrowser();
        using var inName = await browser.SignInAsync(name + '\uFFFE');
        using var inPassword = await browser.SignInAsync(name, TheServer.Password + '\uFFFE');
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.BadRequest), (inName.StatusCode, inPassword.StatusCode));
    }

    /// <summary>Not timed, which a busy machine would make a lie: the slow hashes are counted.</summary>
    [Fact]
    public async Task A_wrong_password_and_an_unknown_name_cost_the_same_work()
    {
        await using var own = new TheServer();
        await own.InitializeAsync();
        var known = await own.AddAccountAsync();
        var disabled = await own.AddAccountAsync();
        var id = await own.AskAsync<ServerDbContext, Guid>(db => db.Set<Account>().Where(account => account.UserName == disabled).Select(account => account.Id).SingleAsync());
        await own.AskAsync<ServerDbContext, int>(db => db.Set<Account>().Where(account => account.Id == id)
            .ExecuteUpdateAsync(set => set.SetProperty(account => account.DisabledAt, TimeProvider.System.GetUtcNow()), TestContext.Current.CancellationToken));
        using var work = new CountedWork(own, PasswordHashing.Name);
        foreach (var (name, password) in new[] { (known, "not the password"), ("nobody-at-all", "not the password"), (disabled, TheServer.Password), (known, new string('x', 300)) })
        {
            using var browser = own.OpenBrowser();
            using var page = await browser.OpenAsync("/sign-in");
            var before = work.Count;
            using var answer = await browser.SendAsync("/sign-in", page, new Dictionary<string, string> { ["userName"] = name, ["password"] = password });
            Assert.Equal((HttpStatusCode.BadRequest, 1), (answer.StatusCode, work.Count - before));
        }
    }

    [Fact]
    public async Task Of_two_hundred_wrong_passwords_at_once_five_are_looked_at_and_the_owner_still_gets_in()
    {
        var name = await server.AddAccountAsync();
        using var owner = server.OpenBrowser();
        (await owner.SignInAsync(name)).Dispose();
        await owner.SignOutAsync();

        using var attacker = server.OpenBrowser();
        using var page = await attacker.OpenAsync("/sign-in");
        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i =>
            attacker.SendAsync("/sign-in", page, new Dictionary<string, string> { ["userName"] = name, ["password"] = $"guess number {i}" })));
        var byStatus = answers.CountBy(answer => answer.StatusCode).ToDictionary();
        output.WriteLine(string.Join(", ", byStatus.Select(pair => $"{(int)pair.Key}: {pair.Value}")));
        Assert.Equal(Attempts.Free, byStatus[HttpStatusCode.BadRequest]);
        Assert.Equal(200 - Attempts.Free, byStatus[HttpStatusCode.TooManyRequests]);
        Assert.All(answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests), answer => Assert.NotNull(answer.Headers.RetryAfter));

        // The right password from a strange browser has to wait with the attacker's; from a known one it does not.
        using var stranger = await attacker.SignInAsync(name);
        Assert.Equal(HttpStatusCode.TooManyRequests, stranger.StatusCode);
        using var known = await owner.SignInAsync(name);
        Assert.Equal(HttpStatusCode.Redirect, known.StatusCode);
    }

    [Fact]
    public async Task An_address_that_tries_one_password_on_every_name_is_slowed_and_known_devices_behind_it_are_not()
    {
        await using var hall = new TheServer(new() { ["Accounts:FailuresPerAddress"] = "10" });
        await hall.InitializeAsync();
        var name = await hall.AddAccountAsync();
        using var owner = hall.OpenBrowser();
        (await owner.SignInAsync(name)).Dispose();
        await owner.SignOutAsync();
        using var sprayer = hall.OpenBrowser();
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 12; i++)
        {
            using var answer = await sprayer.SignInAsync($"name{i}", "not the password");
            statuses.Add(answer.StatusCode);
        }

        Assert.Equal(10, statuses.Count(status => status == HttpStatusCode.BadRequest));
        using var known = await owner.SignInAsync(name);
        Assert.Equal(HttpStatusCode.Redirect, known.StatusCode);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData(" {0} ")]
    [InlineData("{1}")]
    [InlineData("{0}\u200b")]
    [InlineData("\u3000{0}")]
    public async Task Every_spelling_of_a_name_is_one_account_and_one_counter(string spelling)
    {
        var name = await server.AddAccountAsync();
        var typed = string.Format(System.Globalization.CultureInfo.InvariantCulture, spelling, name, name.ToUpperInvariant());
        using var browser = server.OpenBrowser();
        for (var i = 0; i < Attempts.Free; i++)
        {
            using var wrong = await browser.SignInAsync(typed, "not the password");
            Assert.Equal(HttpStatusCode.BadRequest, wrong.StatusCode);
        }

        using var plain = await browser.SignInAsync(name, "not the password");
        Assert.Equal(HttpStatusCode.TooManyRequests, plain.StatusCode);
    }

    [Theory]
    [InlineData("ｚｈａｎｇ", "zhang")]
    [InlineData("ZHANG", "zhang")]
    [InlineData("zh\u00adang", "zhang")]
    [InlineData("ﬁ", "fi")]
    [InlineData("张敏", "张敏")]
    public void Names_fold_to_one_spelling(string typed, string folded) => Assert.Equal(folded, UserNames.Lookup(typed));

    [Theory]
    [InlineData("\ud800")]
    [InlineData("\0")]
    [InlineData("")]
    public void No_input_breaks_the_folding_of_names(string typed) => Assert.NotNull(UserNames.Lookup(typed));

    [Theory]
    [InlineData(8)]
    [InlineData(71)]
    [InlineData(72)]
    [InlineData(73)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(256)]
    public async Task Every_character_of_a_password_counts(int length)
    {
        var password = string.Concat(Enumerable.Range(0, length - 1).Select(i => (char)('a' + (i * 7 % 26)))) + "1";
        var name = await server.AddAccountAsync(new string('n', 20) + length, password: password);
        using var browser = server.OpenBrowser();
        using var lastDiffers = await browser.SignInAsync(name, password[..^1] + "2");
        Assert.Equal(HttpStatusCode.BadRequest, lastDiffers.StatusCode);
        using var longer = await browser.SignInAsync(name, password + "1");
        Assert.Equal(HttpStatusCode.BadRequest, longer.StatusCode);
        using var right = await browser.SignInAsync(name, password);
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
    }

    [Theory]
    [InlineData("seven77", nameof(PasswordBreach.TooShort))]
    [InlineData("密码密码密码密", nameof(PasswordBreach.TooShort))]
    [InlineData("Password2024!", nameof(PasswordBreach.Common))]
    [InlineData("woaini1314", nameof(PasswordBreach.Common))]
    [InlineData("88888888", nameof(PasswordBreach.Common))]
    [InlineData("~~~~~~~~~~~~", nameof(PasswordBreach.Common))]
    [InlineData("zhangsan1", nameof(PasswordBreach.ContainsName))]
    [InlineData("青山横北郭白水绕东城", null)]
    [InlineData("correct horse battery", null)]
    public void Passwords_are_long_enough_and_nobodys_first_guess(string password, string? breach) =>
        Assert.Equal(breach, PasswordRules.Judge(password, "zhangsan")?.ToString());

    [Fact]
    public void A_password_of_257_characters_is_refused_rather_than_cut() =>
        Assert.Equal(PasswordBreach.TooLong, PasswordRules.Judge(string.Concat(Enumerable.Range(0, 257).Select(i => (char)('a' + (i % 26)))), "zhangsan"));

    [Fact]
    public async Task A_hash_made_with_less_work_is_replaced_at_the_next_sign_in()
    {
        var name = await server.AddAccountAsync();
        using var weak = new PasswordHashing(
            Microsoft.Extensions.Options.Options.Create(new AccountsOptions { PasswordMemoryKib = 8 * 1024, PasswordPasses = 1 }), server.App.Services.GetRequiredService<IMeterFactory>());
        var old = await weak.HashAsync(TheServer.Password, TestContext.Current.CancellationToken);
        await server.AskAsync<ServerDbContext, int>(db => db.Set<Account>().Where(a => a.UserName == name).ExecuteUpdateAsync(set => set.SetProperty(a => a.PasswordHash, old), TestContext.Current.CancellationToken));
        using var browser = server.OpenBrowser();
        (await browser.SignInAsync(name)).Dispose();
        var now = await server.AskAsync<ServerDbContext, string>(db => db.Set<Account>().Where(a => a.UserName == name).Select(a => a.PasswordHash).SingleAsync());
        Assert.StartsWith("$argon2id$v=19$m=19456,t=2,p=1$", now, StringComparison.Ordinal);
        using var again = server.OpenBrowser();
        using var answer = await again.SignInAsync(name);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    [Fact]
    public async Task With_no_room_for_another_password_the_answer_is_503_and_when_to_come_back()
    {
        await using var small = new TheServer(new() { ["Accounts:PasswordQueue"] = "1", ["Accounts:PasswordThreads"] = "1", ["Accounts:PasswordPasses"] = "16" });
        await small.InitializeAsync();
        using var browser = small.OpenBrowser();
        using var page = await browser.OpenAsync("/sign-in");
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i =>
            browser.SendAsync("/sign-in", page, new Dictionary<string, string> { ["userName"] = $"somebody{i}", ["password"] = "not the password" })));
        var busy = answers.Where(answer => answer.StatusCode == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.NotEmpty(busy);
        Assert.All(busy, answer => Assert.NotNull(answer.Headers.RetryAfter));
    }

    [Fact]
    public async Task A_form_that_was_open_too_long_leads_back_to_a_fresh_one()
    {
        using var browser = server.OpenBrowser();
        using var answer = await browser.Http.PostAsync(
            new Uri("/sign-in", UriKind.Relative),
            new FormUrlEncodedContent(new Dictionary<string, string> { ["userName"] = "x", ["password"] = "y", ["returnUrl"] = "/account/codes", ["__RequestVerificationToken"] = "old" }),
            TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/sign-in?returnUrl=%2Faccount%2Fcodes&expired=1", answer.Headers.Location?.OriginalString);
        using var page = await browser.OpenAsync(answer.Headers.Location!.OriginalString);
        Assert.NotNull(page.QuerySelector(".notice.warn"));
        Assert.Equal("/account/codes", page.QuerySelector("input[name=returnUrl]")?.GetAttribute("value"));
    }
}
