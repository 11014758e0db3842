using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>Walk 2: three codes on a phone, new every 30 s, still there without a network; paper without script.</summary>
public sealed class WalletWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    private static readonly string[] Kinds = ["个人码", "企业码", "车辆码"];

    [Fact]
    public async Task Three_codes_are_shown_fresh_and_stay_when_the_network_goes()
    {
        var phone = await PhoneAsync();
        await phone.GotoAsync(town.At.Wallet.ToString());
        await Expect(phone.Locator("#sign-in")).ToBeVisibleAsync();
        await ExpectAccessibleAsync(phone);
        await phone.OpenWalletAsync("zhangmin");

        using var files = await OfflineFiles.FetchAsync(town.At.Login, town.Province.Data.Roots);
        foreach (var kind in Kinds)
        {
            await phone.GetByRole(AriaRole.Tab, new() { Name = kind }).ClickAsync();
            await ExpectPassedAsync(await phone.ShownCodeAsync(), files);
            await ExpectAccessibleAsync(phone);
        }

        var before = await phone.ShownCodeAsync();
        await phone.WaitForTimeoutAsync(31_000);
        Assert.NotEqual(before, await phone.ShownCodeAsync());

        await phone.Context.SetOfflineAsync(true);
        await phone.ReloadAsync();
        await phone.WaitUntilReadyAsync();
        foreach (var kind in Kinds)
        {
            await phone.GetByRole(AriaRole.Tab, new() { Name = kind }).ClickAsync();
            await ExpectPassedAsync(await phone.ShownCodeAsync(), files);
        }
        await ExpectAccessibleAsync(phone);
    }

    private static async Task ExpectPassedAsync(string text, OfflineFiles files)
    {
        Assert.StartsWith("OC1:", text, StringComparison.Ordinal);
        var judged = await Cli.OneCodeAsync("verify", text, "--root", files.Roots, "--trust", files.TrustList, "--status", files.StatusFolder);
        Assert.True(judged.ExitCode == 0, judged.Output + judged.Errors);
    }
}
