using Microsoft.Playwright;
using Xunit;

namespace Browser.Tests;

/// <summary>
/// Takes the README's pictures anew, into <c>src/Sandbox/pictures</c>:
/// <c>tests/Browser.Tests/bin/Debug/net10.0/Browser.Tests -explicit only -class Browser.Tests.Pictures</c>.
/// </summary>
public sealed class Pictures(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    private static readonly string Folder = Path.Combine(Root, "src", "Sandbox", "pictures");

    [Fact(Explicit = true)]
    public async Task Are_taken_anew()
    {
        Directory.CreateDirectory(Folder);
        var visitor = await VisitorAsync();
        await visitor.SetViewportSizeAsync(820, 620);
        await visitor.GotoAsync(town.At.SocialSecurity + "sign-in");
        await TakeAsync(visitor, "sign-in");
        await visitor.EnterAsync("zhangmin");
        await visitor.Locator("#name").WaitForAsync();
        await TakeAsync(visitor, "portal");

        var phone = await SmallAsync("zh-CN");
        await phone.GotoAsync(town.At.Wallet.ToString());
        await phone.OpenWalletAsync("zhangmin");
        await TakeAsync(phone, "wallet");
        var english = await SmallAsync("en-GB");
        await english.GotoAsync(town.At.Wallet.ToString());
        await english.OpenWalletAsync("zhangmin");
        await english.GetByRole(AriaRole.Tab).Nth(2).ClickAsync();
        await english.Locator("#qr svg").WaitForAsync();
        await TakeAsync(english, "wallet-en");

        var (_, text) = await Developer.RunAsync(await VisitorAsync(), town, "zhangmin");
        var guard = await SmallAsync("zh-CN");
        await guard.GotoAsync(town.At.Verifier.ToString());
        await guard.WaitUntilReadyAsync();
        await AnswerAsync(guard, text, "passed");
        await AnswerAsync(guard, text[..^2] + (text[^2] == '0' ? '1' : '0') + text[^1], "failed");

        // A guard who has never been online with it: nothing to check against.
        var stranger = await SmallAsync("zh-CN");
        await stranger.RouteAsync("**/.well-known/onecode-configuration", route => route.AbortAsync());
        await stranger.RouteAsync("**/api/verify", route => route.AbortAsync());
        await stranger.GotoAsync(town.At.Verifier.ToString());
        await stranger.WaitUntilReadyAsync();
        await AnswerAsync(stranger, text, "indeterminate");
    }

    /// <summary>Only these: <c>-method Browser.Tests.Pictures.Of_the_developer_portal_are_taken_anew</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Of_the_developer_portal_are_taken_anew()
    {
        var developer = await VisitorAsync(script: false);
        await developer.SetViewportSizeAsync(1100, 900);
        await developer.GotoAsync($"{town.At.Login}developer/new?how=Web");
        await developer.SignInAsync("zhangmin");
        await PortalWalk.RegisterAsync(developer, "https://library.example.org");
        await TakeAsync(developer, "developer-client");
        var client = developer.Url.Split('?')[0];
        var id = client.Split('/')[^1];
        await developer.GotoAsync($"{client}/quick-start?with=node");
        await TakeAsync(developer, "developer-quick-start");
        await developer.GotoAsync($"{town.At.Login}connect/authorize?client_id={id}&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Flibrary.example.org%2Fcallback%2F");
        using var program = new HttpClient { BaseAddress = town.At.Login };
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = id, ["client_secret"] = "an old one" });
        (await program.PostAsync(new Uri("connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken)).Dispose();
        await developer.GotoAsync($"{client}/requests");
        await TakeAsync(developer, "developer-requests");
        await developer.GotoAsync(client);
        await developer.SetViewportSizeAsync(700, 900);
        await developer.Locator("details summary").Nth(1).ClickAsync();
        await developer.Locator("section[aria-labelledby=grade]").ScreenshotAsync(new() { Path = Path.Combine(Folder, "developer-grade.png"), Animations = ScreenshotAnimations.Disabled });
    }

    /// <summary>Only these: <c>-method Browser.Tests.Pictures.Of_consent_are_taken_anew</c>.</summary>
    [Fact(Explicit = true)]
    public async Task Of_consent_are_taken_anew()
    {
        foreach (var (locale, suffix, userName) in new[] { ("zh-CN", "", "zhangmin"), ("en-GB", "-en", "lilei") })
        {
            var citizen = await SmallAsync(locale);
            await citizen.SetViewportSizeAsync(820, 1000);
            await citizen.GotoAsync(town.At.SocialSecurity + "sign-in");
            await citizen.SignInAsync(userName);
            await citizen.Locator("button[value=allow]").WaitForAsync();
            await TakeWholeAsync(citizen, "consent" + suffix);
            await citizen.SetViewportSizeAsync(390, 760);
            await TakeWholeAsync(citizen, "consent-phone" + suffix);
            await citizen.AllowAsync();
            await citizen.Locator("#name").WaitForAsync();
            await citizen.GotoAsync(town.At.Tax + "sign-in");
            await citizen.Locator("#name").WaitForAsync();
            await citizen.GotoAsync($"{town.At.Login}account/applications");
            await TakeWholeAsync(citizen, "applications-phone" + suffix);
            await citizen.SetViewportSizeAsync(820, 1000);
            await TakeWholeAsync(citizen, "applications" + suffix);
        }
    }

    private static async Task TakeWholeAsync(IPage page, string name) =>
        await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, name + ".png"), FullPage = true, Animations = ScreenshotAnimations.Disabled });

    private Task<IPage> SmallAsync(string locale) =>
        VisitorAsync(Chromium.Browser, new() { Locale = locale, ViewportSize = new() { Width = 390, Height = 760 }, HasTouch = true });

    private static async Task AnswerAsync(IPage guard, string text, string verdict)
    {
        await guard.JudgeAsync(text);
        await guard.Locator($"#verdict article.{verdict}").WaitForAsync();
        await guard.Locator("#verdict").ScrollIntoViewIfNeededAsync();
        await TakeAsync(guard, $"verifier-{verdict}");
    }

    private static async Task TakeAsync(IPage page, string name) =>
        await page.ScreenshotAsync(new() { Path = Path.Combine(Folder, name + ".png"), Animations = ScreenshotAnimations.Disabled });
}
