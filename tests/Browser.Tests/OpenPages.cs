using Xunit;

namespace Browser.Tests;

/// <summary>Pages that anybody may open, as axe and both languages see them.</summary>
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
}
