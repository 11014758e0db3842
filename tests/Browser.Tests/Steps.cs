using Microsoft.Playwright;
using Sandbox;

namespace Browser.Tests;

/// <summary>What people do again and again, by what they see or by the names of the form's fields, in either language.</summary>
internal static class Steps
{
    /// <summary>Fills the sign-in form that is shown.</summary>
    public static async Task SignInAsync(this IPage page, string userName, string password = Population.Password)
    {
        await page.Locator("[autocomplete~=username]").FillAsync(userName);
        await page.Locator("[autocomplete~=current-password]").FillAsync(password);
        await page.Locator("[autocomplete~=current-password]").PressAsync("Enter");
    }
}
