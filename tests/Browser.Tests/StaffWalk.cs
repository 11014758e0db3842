using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>Staff sign in with a password and a one-time code, never with the password alone.</summary>
public sealed class StaffWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Fact]
    public async Task An_operator_needs_the_one_time_code_too()
    {
        var page = await VisitorAsync();
        await page.GotoAsync($"{town.At.Login}sign-in");
        await page.SignInAsync("operator-a");
        await Expect(page.Locator("[autocomplete=one-time-code]")).ToBeVisibleAsync();
        await ExpectAccessibleAsync(page);
        await page.GotoAsync($"{town.At.Login}account");
        await Expect(page.Locator("[autocomplete~=current-password]")).ToBeVisibleAsync();
        await page.SignInAsync("operator-a");
        await page.SecondStepAsync(town, "operator-a");
        await page.WaitForURLAsync($"{town.At.Login}account");
    }
}
