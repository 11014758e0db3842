using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>What people do with tabs, the back button and pages left open. Whatever it is, it ends where they wanted to go or with a way on.</summary>
public sealed partial class TabsWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Fact]
    public async Task Two_tabs_that_sign_in_at_once_both_arrive()
    {
        var one = await VisitorAsync();
        var two = await one.Context.NewPageAsync();
        await one.GotoAsync(town.At.SocialSecurity + "sign-in");
        await two.GotoAsync(town.At.Tax + "sign-in");
        await one.EnterAsync("zhangmin");
        await Expect(one.Locator("#name")).ToHaveTextAsync("张敏");

        // This form was made for nobody, and somebody is signed in by now.
        await two.SignInAsync("zhangmin");
        await Expect(two.Locator("#name")).ToHaveTextAsync("张敏");
        await one.ReloadAsync();
        await Expect(one.Locator("#name")).ToHaveTextAsync("张敏");
    }

    [Fact]
    public async Task The_back_button_after_signing_in_leads_on_again()
    {
        var page = await VisitorAsync();
        await page.GotoAsync(town.At.SocialSecurity + "?from");
        await page.GetByRole(AriaRole.Link, new() { Name = "统一身份登录" }).ClickAsync();
        await page.EnterAsync("zhangmin");
        await Expect(page.Locator("#name")).ToHaveTextAsync("张敏");

        // Wherever back leads, it is a page with something on it, and the portal is one click or none away.
        await page.GoBackAsync();
        await Expect(page.Locator("h1")).ToBeVisibleAsync();
        await page.GotoAsync($"{town.At.Login}sign-in?returnUrl=%2Faccount");
        await page.WaitForURLAsync($"{town.At.Login}account");
        await page.GoBackAsync();
        await Expect(page.Locator("h1")).ToBeVisibleAsync();
        await page.GotoAsync(town.At.SocialSecurity.ToString());
        await Expect(page.Locator("#name")).ToHaveTextAsync("张敏");
    }

    [Fact]
    public async Task A_sign_in_page_that_was_left_open_too_long_asks_again_and_leads_to_the_same_place()
    {
        var page = await VisitorAsync();
        await page.GotoAsync(town.At.Tax + "sign-in");
        await page.Context.ClearCookiesAsync(new() { NameRegex = FormCookie() });
        await page.SignInAsync("wangfang");
        await Expect(page.Locator(".notice.warn")).ToBeVisibleAsync();
        await ExpectAccessibleAsync(page);
        await page.SignInAsync("wangfang");
        await Expect(page.Locator("#name")).ToHaveTextAsync("王芳");
    }

    [Fact]
    public async Task An_application_that_waits_while_the_session_ends_elsewhere_is_reached_by_signing_in_again()
    {
        var one = await VisitorAsync();
        await one.GotoAsync($"{town.At.Login}sign-in");
        await one.SignInAsync("zhangmin");
        await one.WaitForURLAsync($"{town.At.Login}account");
        await one.GotoAsync($"{town.At.Login}sign-in?fresh=true&returnUrl=%2Faccount%2Fpassword");
        var two = await one.Context.NewPageAsync();
        await two.GotoAsync($"{town.At.Login}account");
        await SignOutAsync(two);
        await Expect(two.GetByRole(AriaRole.Link, new() { Name = "重新登录" })).ToBeVisibleAsync();

        // The form was to confirm who is there, and nobody is any more.
        await one.SignInAsync("zhangmin");
        await one.WaitForURLAsync($"{town.At.Login}account/password");
    }

    [Fact]
    public async Task Signing_out_twice_says_that_it_is_done()
    {
        var one = await VisitorAsync();
        await one.GotoAsync($"{town.At.Login}sign-in");
        await one.SignInAsync("lilei");
        await one.WaitForURLAsync($"{town.At.Login}account");
        var two = await one.Context.NewPageAsync();
        await two.GotoAsync($"{town.At.Login}account");
        await SignOutAsync(one);
        await Expect(one.GetByRole(AriaRole.Link, new() { Name = "重新登录" })).ToBeVisibleAsync();
        await SignOutAsync(two);
        await Expect(two.GetByRole(AriaRole.Link, new() { Name = "重新登录" })).ToBeVisibleAsync();
        await ExpectAccessibleAsync(two);

        // Of an application's sign-out link there is nothing left to do either.
        await two.GotoAsync($"{town.At.Login}connect/endsession");
        await Expect(two.Locator("h1")).ToBeVisibleAsync();
        await Expect(two.Locator("main form")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_citizen_leaves_one_application_and_ends_another_device_without_script()
    {
        var there = await VisitorAsync(script: false);
        await there.GotoAsync($"{town.At.Login}sign-in");
        await there.SignInAsync("zhangmin");
        await there.WaitForURLAsync($"{town.At.Login}account");
        var portal = await VisitorAsync(script: false);
        await portal.GotoAsync(town.At.SocialSecurity + "sign-in");
        await portal.EnterAsync("zhangmin");
        await Expect(portal.Locator("#name")).ToHaveTextAsync("张敏");
        var account = await portal.Context.NewPageAsync();
        await account.GotoAsync($"{town.At.Login}account");
        await account.Locator("li:has(.tag.good) .inner button").First.ClickAsync();
        await Expect(account.Locator(".notice.good")).ToBeVisibleAsync();
        await Expect(account.Locator("li:has(.tag.good) .inner")).ToHaveCountAsync(0);

        // The portal hears of it over the back channel; the session at the login origin goes on.
        await EventuallyAsync(async () =>
        {
            await portal.GotoAsync(town.At.SocialSecurity + "?left");
            return await portal.Locator("#name").CountAsync() == 0;
        });
        await account.Locator("form[action*=EndOthers] button").ClickAsync();
        await there.ReloadAsync();
        await Expect(there.Locator("[autocomplete~=current-password]")).ToBeVisibleAsync();
        await account.GotoAsync($"{town.At.Login}account");
        await Expect(account.Locator("#sessions")).ToBeVisibleAsync();
    }

    private static Task SignOutAsync(IPage page) => page.Locator("header form[action='/sign-out'] button").ClickAsync();

    private static async Task EventuallyAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++)
        {
            Assert.True(tries < 60, "It did not come true.");
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }
    }

    [GeneratedRegex("form")]
    private static partial Regex FormCookie();
}
