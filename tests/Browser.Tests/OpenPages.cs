using Xunit;

namespace Browser.Tests;

/// <summary>Pages that anybody may open, as axe sees them in both languages.</summary>
public sealed class OpenPages(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Theory]
    [InlineData("zh-CN")]
    [InlineData("en-GB")]
    public async Task Sign_in_is_accessible(string locale)
    {
        var page = await VisitorAsync(locale: locale);
        await page.GotoAsync($"{town.At.Login}sign-in");
        await ExpectAccessibleAsync(page);
    }

    [Theory]
    [InlineData("zh-CN")]
    [InlineData("en-GB")]
    public async Task The_wallet_is_accessible(string locale)
    {
        var phone = await PhoneAsync(locale);
        await phone.GotoAsync(town.At.Wallet.ToString());
        await phone.WaitUntilReadyAsync();
        await ExpectAccessibleAsync(phone);
    }

    [Theory]
    [InlineData("zh-CN")]
    [InlineData("en-GB")]
    public async Task The_verifier_is_accessible(string locale)
    {
        var guard = await PhoneAsync(locale);
        await guard.GotoAsync(town.At.Verifier.ToString());
        await guard.WaitUntilReadyAsync();
        await ExpectAccessibleAsync(guard);
        await guard.JudgeAsync("OC1:NOTHING");
        await guard.Locator("#verdict article.failed").WaitForAsync();
        await ExpectAccessibleAsync(guard);
    }
}
