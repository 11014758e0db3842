using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>Walk 1: signed in at one portal, known at the other without a word, and out of both at once.</summary>
public sealed class SignInOnceWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Fact]
    public async Task Signing_in_once_is_enough_for_both_portals_and_signing_out_once_too()
    {
        var page = await VisitorAsync();
        await page.GotoAsync(town.At.SocialSecurity.ToString());
        await ExpectAccessibleAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "统一身份登录" }).ClickAsync();
        await ExpectAccessibleAsync(page);
        await page.EnterAsync("zhangmin");

        await Expect(page).ToHaveURLAsync(town.At.SocialSecurity.ToString());
        await Expect(page.Locator("#name")).ToHaveTextAsync("张敏");
        await Expect(page.Locator("#level")).ToHaveTextAsync("4");
        await ExpectAccessibleAsync(page);
        var knownAs = await page.Locator("#sub").TextContentAsync();

        var tax = await page.Context.NewPageAsync();
        await tax.GotoAsync(town.At.Tax.ToString());
        await Expect(tax.Locator("#name")).ToHaveTextAsync("张敏");
        Assert.NotEqual(knownAs, await tax.Locator("#sub").TextContentAsync());

        await tax.GetByRole(AriaRole.Button, new() { Name = "退出登录" }).ClickAsync();
        await Expect(tax.GetByRole(AriaRole.Link, new() { Name = "统一身份登录" })).ToBeVisibleAsync();
        await ExpectAccessibleAsync(tax);
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "统一身份登录" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task It_works_without_script_and_in_English()
    {
        var page = await VisitorAsync(script: false, locale: "en-GB");
        await page.GotoAsync(town.At.Tax.ToString());
        await page.GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await page.SignInAsync("wangfang");
        await Expect(page.Locator("#name")).ToHaveTextAsync("王芳");
        await Expect(page.Locator("#level")).ToHaveTextAsync("2");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }
}
