using System.Diagnostics;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sandbox;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>Walk 6: a developer registers an application, pastes the quick start, signs in, sees a failed request explained, and goes into production.</summary>
public sealed class PortalWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Fact]
    public async Task A_developer_registers_pastes_the_Node_quick_start_signs_in_and_sees_a_failure_explained()
    {
        // 1. Register.
        var origin = $"http://localhost:{Addresses.Free().Login.Port}";
        var developer = await VisitorAsync(script: false);
        await developer.GotoAsync($"{town.At.Login}developer");
        await developer.SignInAsync("zhangmin");
        await developer.WaitForURLAsync($"{town.At.Login}developer");
        await developer.GetByRole(AriaRole.Link, new() { Name = "登记新应用" }).ClickAsync();
        await developer.GetByRole(AriaRole.Link, new() { Name = "网站（有服务器）" }).ClickAsync();
        await RegisterAsync(developer, origin);
        var secret = await developer.Locator("#secret").TextContentAsync();
        var page = developer.Url.Split('?')[0];

        // 2. Paste.
        await developer.GotoAsync($"{page}/quick-start?with=node");
        using var folder = new PastedProgram();
        foreach (var file in await developer.Locator("pre code[data-file]").AllAsync())
        {
            await folder.WriteAsync((await file.GetAttributeAsync("data-file"))!, (await file.TextContentAsync())!.Replace("PASTE-THE-SECRET-HERE", secret, StringComparison.Ordinal));
        }

        // 3. Run and sign in.
        using (folder.Start())
        {
            await PastedProgram.WaitUntilUpAsync(origin);
            var citizen = await VisitorAsync();
            await citizen.GotoAsync(origin);
            await citizen.Locator("#sign-in").ClickAsync();
            await citizen.EnterAsync("lilei");
            await Expect(citizen.Locator("#name")).ToHaveTextAsync("李雷");
        }

        // 4. The address is changed and no longer fits: the portal says why.
        await developer.GotoAsync($"{page}/edit");
        await developer.Locator("#RedirectUris").FillAsync($"{origin}/callback/");
        await developer.Locator("form.card button[type=submit]").ClickAsync();
        await Expect(developer.Locator("[role=status].good")).ToBeVisibleAsync();
        using (folder.Start())
        {
            await PastedProgram.WaitUntilUpAsync(origin);
            var citizen = await VisitorAsync();
            await citizen.GotoAsync($"{origin}/sign-in");
            await Expect(citizen.Locator("main")).ToContainTextAsync("redirect_uri");
        }

        await developer.GotoAsync($"{page}/requests");
        await Expect(developer.Locator(".failure")).ToContainTextAsync("返回地址没有登记");
        await Expect(developer.Locator(".failure")).ToContainTextAsync($"{origin}/callback");
    }

    [Fact]
    public async Task The_security_officer_opens_it_to_everybody()
    {
        var developer = await VisitorAsync();
        await developer.GotoAsync($"{town.At.Login}developer/new?how=Web");
        await developer.SignInAsync("zhangmin");
        await RegisterAsync(developer, "https://app.example.org");
        await developer.GetByRole(AriaRole.Button, new() { Name = "申请审核" }).ClickAsync();
        await Expect(developer.Locator("h1 .tag")).ToHaveTextAsync("等待审核");

        var officer = await VisitorAsync();
        await officer.GotoAsync($"{town.At.Console}applications");
        await officer.SignInAsync("security");
        await officer.SecondStepAsync(town, "security");
        await officer.WaitForURLAsync(new Regex("^" + Regex.Escape(town.At.Console.ToString())));
        await Expect(officer.Locator("main")).ToContainTextAsync("https://app.example.org/callback");
        await ExpectAccessibleAsync(officer);
        await officer.Locator("button[name=approve][value=true]").First.ClickAsync();
        await Expect(officer.Locator("[role=status].good")).ToBeVisibleAsync();
        await developer.ReloadAsync();
        await Expect(developer.Locator("h1 .tag")).ToHaveTextAsync("已上线");
    }

    [Fact]
    public async Task What_few_need_is_folded_away_and_open_where_something_was_said_or_is_wrong()
    {
        var developer = await VisitorAsync(script: false);
        await developer.GotoAsync($"{town.At.Login}developer/new?how=Web");
        await developer.SignInAsync("zhangmin");
        await Expect(developer.Locator("#ExchangesFor")).ToBeHiddenAsync();
        await developer.Locator("form.card summary").ClickAsync();
        await developer.Locator("#SectorIdentifierUri").FillAsync("ftp://sector.example.org/uris.json");
        await RegisterAsync(developer, "https://app.example.org", isRight: false);
        await Expect(developer.Locator("#SectorIdentifierUri-error")).ToBeVisibleAsync();
        await developer.Locator("#SectorIdentifierUri").FillAsync("");
        await developer.Locator("#ExchangesFor").FillAsync("portal-tax");
        await developer.Locator("form.card button[type=submit]").ClickAsync();
        await developer.Locator("#client-id").WaitForAsync();
        await Expect(developer.Locator("main")).ToContainTextAsync("portal-tax");
        await developer.GotoAsync($"{developer.Url.Split('?')[0]}/edit");
        await Expect(developer.Locator("#ExchangesFor")).ToHaveValueAsync("portal-tax");
        await Expect(developer.Locator("#ExchangesFor")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("zh-CN")]
    [InlineData("en-GB")]
    public async Task Every_page_of_the_portal_is_accessible(string locale)
    {
        var developer = await PhoneAsync(locale);
        await developer.GotoAsync($"{town.At.Login}developer/new?how=Web");
        await developer.SignInAsync("lilei");
        await developer.WaitForURLAsync(new Regex("/developer/new"));
        await developer.Locator("form.card summary").ClickAsync();
        await ExpectAccessibleAsync(developer);
        Assert.True(await developer.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), "the form is wider than a phone");
        await RegisterAsync(developer, "https://app.example.org");
        await ExpectAccessibleAsync(developer);
        var page = developer.Url.Split('?')[0];
        foreach (var path in new[] { $"{page}/edit", $"{page}/quick-start", $"{page}/requests", $"{town.At.Login}developer", $"{town.At.Login}developer/new", $"{town.At.Login}developer/import", $"{town.At.Login}developer/invitations" })
        {
            await developer.GotoAsync(path);
            await ExpectAccessibleAsync(developer);
            Assert.True(await developer.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"), $"{path} is wider than a phone");
        }
    }

    internal static async Task RegisterAsync(IPage developer, string origin, bool isRight = true)
    {
        await developer.Locator("#Name").FillAsync("城市图书馆");
        await developer.Locator("#NameEn").FillAsync("City library");
        await developer.Locator("#RedirectUris").FillAsync($"{origin}/callback");
        await developer.Locator("#PostLogoutRedirectUris").FillAsync($"{origin}/");
        await developer.Locator("[name=Scopes][value=profile]").CheckAsync();
        await developer.Locator("#Purposes-profile").FillAsync("在借书证上显示您的姓名");
        await developer.Locator("#Contacts").FillAsync("dev@library.example.org");
        await developer.Locator("form.card button[type=submit]").ClickAsync();
        if (isRight)
        {
            await developer.Locator("#client-id").WaitForAsync();
        }
    }

    /// <summary>The program that the portal showed, in a folder of its own, with the packages that its package.json names.</summary>
    private sealed class PastedProgram : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("quick-start-");

        public PastedProgram() =>
            Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "node_modules"), Path.Combine(Root, "tests", "RelyingParty.Tests", "node_modules"));

        public Task WriteAsync(string name, string content) => File.WriteAllTextAsync(Path.Combine(_folder.FullName, Path.GetFileName(name)), content);

        public Running Start() => new(_folder.FullName);

        public static async Task WaitUntilUpAsync(string origin)
        {
            using var client = new HttpClient();
            for (var patience = Stopwatch.StartNew(); ;)
            {
                try
                {
                    (await client.GetAsync(new Uri(origin))).Dispose();
                    return;
                }
                catch (HttpRequestException)
                {
                    Assert.True(patience.Elapsed < TimeSpan.FromMinutes(2), "The pasted program did not start.");
                    await Task.Delay(200);
                }
            }
        }

        public void Dispose() => _folder.Delete(recursive: true);
    }

    private sealed class Running(string folder) : IDisposable
    {
        private readonly Process _node = Process.Start(new ProcessStartInfo("node", ["--env-file=.env", "server.mjs"]) { WorkingDirectory = folder })!;

        public void Dispose()
        {
            _node.Kill();
            _node.WaitForExit();
            _node.Dispose();
        }
    }
}
