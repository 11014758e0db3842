using Microsoft.Playwright;
using QRCoder;
using Sandbox;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>What people do again and again.</summary>
internal static class Steps
{
    /// <summary>Fills the sign-in form that is shown.</summary>
    public static async Task SignInAsync(this IPage page, string userName, string password = Population.Password)
    {
        await page.Locator("[autocomplete~=username]").FillAsync(userName);
        await page.Locator("[autocomplete~=current-password]").FillAsync(password);
        await page.Locator("[autocomplete~=current-password]").PressAsync("Enter");
    }

    /// <summary>Signs in on the way to an application, and allows what it asks for, where it asks: once, and then it is remembered.</summary>
    public static async Task EnterAsync(this IPage page, string userName)
    {
        await page.SignInAsync(userName);
        await page.AllowAsync();
    }

    public static async Task AllowAsync(this IPage page)
    {
        var allow = page.Locator("button[name=answer][value=allow]");
        await allow.Or(page.Locator("#name")).First.WaitForAsync();
        if (await allow.IsVisibleAsync())
        {
            await allow.ClickAsync();
        }
    }

    /// <summary>Types the one-time code that an authenticator app would show a staff member.</summary>
    public static async Task SecondStepAsync(this IPage page, Town town, string userName)
    {
        await page.Locator("[autocomplete=one-time-code]").FillAsync((await Totp.NowAsync(town.Province.Data, userName))!);
        await page.Locator("[autocomplete=one-time-code]").PressAsync("Enter");
    }

    /// <summary>Wallet and verifier say when they have started.</summary>
    public static Task WaitUntilReadyAsync(this IPage page) => page.Locator("html[data-ready=true]").WaitForAsync(new() { State = WaitForSelectorState.Attached });

    /// <summary>Signs in at the wallet that is open, and waits for its first code.</summary>
    public static async Task OpenWalletAsync(this IPage phone, string userName)
    {
        await phone.Locator("#sign-in").ClickAsync();
        await phone.SignInAsync(userName);
        await Expect(phone.Locator("#qr svg")).ToBeVisibleAsync(new() { Timeout = 20_000 });
        await phone.WaitUntilReadyAsync();
    }

    /// <summary>The code that the phone shows now, as a camera reads it.</summary>
    public static async Task<string> ShownCodeAsync(this IPage phone)
    {
        await Expect(phone.Locator("#qr svg")).ToBeVisibleAsync();
        return await Qr.ReadAsync(phone.Locator("#qr"));
    }

    /// <summary>Pastes a code text at the verifier page.</summary>
    public static async Task JudgeAsync(this IPage guard, string text)
    {
        if (!await guard.Locator("#paste-form").IsVisibleAsync())
        {
            await guard.Locator("#paste").ClickAsync();
        }
        await guard.Locator("#text").FillAsync(text);
        await guard.Locator("#paste-form [type=submit]").ClickAsync();
    }

    /// <summary>Gives the verifier page a picture of a code.</summary>
    public static async Task ReadPictureAsync(this IPage guard, string text)
    {
        using var generator = new QRCodeGenerator();
        using var qr = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
        using var png = new PngByteQRCode(qr);
        await guard.Locator("#file").SetInputFilesAsync(new FilePayload { Name = "code.png", MimeType = "image/png", Buffer = png.GetGraphic(6) });
    }
}
