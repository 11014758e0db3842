using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>Walk 2, paper: each form is printed from the account pages without script, read by zbar and judged by the command line.</summary>
public sealed class PaperWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Fact]
    public async Task All_three_are_printed_without_script_and_pass()
    {
        var page = await VisitorAsync(script: false);
        await page.GotoAsync($"{town.At.Login}account/codes");
        await page.SignInAsync("zhangmin");
        for (var subject = 0; subject < 3; subject++)
        {
            await page.GotoAsync($"{town.At.Login}account/codes");
            await page.Locator("section[aria-labelledby=print] form button").Nth(subject).ClickAsync();
            var fromScreen = await Qr.ReadAsync(page.Locator(".sheet img"));
            Assert.Matches("^https?://[^/]+/c#", fromScreen);
            Assert.Equal(fromScreen, await DownloadedAsync(page));

            using var files = await OfflineFiles.FetchAsync(town.At.Login, town.Province.Data.Roots);
            var judged = await Cli.OneCodeAsync("verify", fromScreen, "--root", files.Roots, "--trust", files.TrustList, "--status", files.StatusFolder);
            Assert.True(judged.ExitCode == 0, judged.Output + judged.Errors);
        }
    }

    [Fact]
    public async Task The_account_pages_are_accessible()
    {
        var page = await VisitorAsync();
        await page.GotoAsync($"{town.At.Login}account/codes");
        await page.SignInAsync("zhangmin");
        await Expect(page.Locator("section[aria-labelledby=print] form button")).ToHaveCountAsync(3);
        await ExpectAccessibleAsync(page);
        await page.Locator("section[aria-labelledby=print] form button").First.ClickAsync();
        await Expect(page.Locator(".sheet img")).ToBeVisibleAsync();
        await ExpectAccessibleAsync(page);
        foreach (var path in new[] { "account/lost", "account/password", "account" })
        {
            await page.GotoAsync($"{town.At.Login}{path}");
            await ExpectAccessibleAsync(page);
        }
    }

    private static async Task<string> DownloadedAsync(IPage page)
    {
        var download = await page.RunAndWaitForDownloadAsync(() => page.Locator("a[download='code.png']").ClickAsync());
        var picture = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".png");
        await download.SaveAsAsync(picture);
        try
        {
            return await Qr.ReadAsync(picture);
        }
        finally
        {
            File.Delete(picture);
        }
    }
}
