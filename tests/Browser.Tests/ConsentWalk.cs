using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>An application asks, the citizen answers, with script and without, sees who got what, and takes it back.</summary>
public sealed class ConsentWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Theory]
    [InlineData("zh-CN", "lilei", false)]
    [InlineData("zh-CN", "zhangmin", true)]
    [InlineData("en-GB", "wangfang", true)]
    public async Task A_citizen_is_asked_once_sees_it_on_the_list_and_takes_it_back(string locale, string userName, bool script)
    {
        var citizen = await VisitorAsync(Chromium.Browser, new() { Locale = locale, JavaScriptEnabled = script, ViewportSize = new() { Width = 390, Height = 844 } });
        await citizen.GotoAsync(town.At.SocialSecurity + "sign-in");
        await citizen.SignInAsync(userName);
        await Expect(citizen.Locator("button[value=allow]")).ToBeVisibleAsync();
        await ExpectWellMadeAsync(citizen, script);

        // No is an answer: the portal stays a stranger, and asks again when she comes back.
        await citizen.Locator("button[value=refuse]").ClickAsync();
        await citizen.WaitForURLAsync(new Regex("^" + Regex.Escape(town.At.SocialSecurity.ToString())));
        await Expect(citizen.Locator("#name")).ToHaveCountAsync(0);
        await citizen.GotoAsync(town.At.SocialSecurity + "sign-in");
        await citizen.Locator("input[name=allowed][value=age]").CheckAsync();
        await citizen.Locator("button[value=allow]").ClickAsync();
        await Expect(citizen.Locator("#name")).ToBeVisibleAsync();

        // Remembered; the tax office, by law, asks nobody.
        await citizen.GotoAsync(town.At.SocialSecurity + "sign-in");
        await Expect(citizen.Locator("#name")).ToBeVisibleAsync();
        await citizen.GotoAsync(town.At.Tax + "sign-in");
        await Expect(citizen.Locator("#name")).ToBeVisibleAsync();

        await citizen.GotoAsync($"{town.At.Login}account");
        await citizen.Locator("a[href='/account/applications']").ClickAsync();
        await Expect(citizen.Locator("form[action*=Withdraw]")).ToHaveCountAsync(2);
        await Expect(citizen.Locator("section[aria-labelledby=disclosures] li")).Not.ToHaveCountAsync(0);
        await ExpectWellMadeAsync(citizen, script);
        await citizen.Locator("form[action*=Withdraw] button.danger").ClickAsync();
        await Expect(citizen.Locator(".notice.good")).ToBeVisibleAsync();
        await Expect(citizen.Locator("form[action*=Withdraw]")).ToHaveCountAsync(1);

        await citizen.GotoAsync(town.At.SocialSecurity + "sign-in");
        await Expect(citizen.Locator("button[value=allow]")).ToBeVisibleAsync();
    }

    /// <summary>axe runs in the page, so only where scripts do.</summary>
    private static async Task ExpectWellMadeAsync(IPage page, bool script)
    {
        Assert.True((await page.Locator("main").BoundingBoxAsync())!.Width <= 390, $"{page.Url} is wider than a phone");
        if (script)
        {
            await ExpectAccessibleAsync(page);
        }
    }
}
