using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>Walk 3: a guard scans with the camera, reads a picture or pastes a text, and has the same answer without a network.</summary>
public sealed class VerifierWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Fact]
    public async Task A_pasted_text_and_a_picture_are_answered_in_words_with_and_without_network()
    {
        var (_, text) = await Developer.RunAsync(await VisitorAsync(), town, "zhangmin");
        var guard = await PhoneAsync();
        await guard.GotoAsync(town.At.Verifier.ToString());
        await guard.WaitUntilReadyAsync();
        await ExpectAccessibleAsync(guard);

        await guard.JudgeAsync(text);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("passed"));
        await Expect(guard.Locator("#verdict")).ToContainTextAsync("通过");
        await Expect(guard.Locator("#verdict")).ToContainTextAsync("状态截至");
        await Expect(guard.Locator("#verdict")).ToContainTextAsync("末四位 001X");
        await ExpectAccessibleAsync(guard);

        var forged = text[..^2] + (text[^2] == '0' ? '1' : '0') + text[^1];
        await guard.JudgeAsync(forged);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("failed"));
        await ExpectAccessibleAsync(guard);

        await guard.ReadPictureAsync(text);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("passed"));

        await guard.Context.SetOfflineAsync(true);
        await guard.ReloadAsync();
        await guard.WaitUntilReadyAsync();
        await guard.JudgeAsync(text);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("passed"));
        await Expect(guard.Locator("#verdict")).ToContainTextAsync("状态截至");
        await Expect(guard.Locator("#verdict")).ToContainTextAsync("离线依据");
        await guard.JudgeAsync(forged);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("failed"));
        await guard.ReadPictureAsync(text);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("passed"));
    }

    [Fact]
    public async Task The_page_follows_its_roots_where_they_handed_over_keeps_that_and_believes_no_others()
    {
        var (_, text) = await Developer.RunAsync(await VisitorAsync(), town, "zhangmin");
        var guard = await PhoneAsync("en-GB");
        await guard.GotoAsync(town.At.Verifier.ToString());
        await guard.WaitUntilReadyAsync();
        var window = await guard.Context.NewPageAsync();
        await window.GotoAsync(town.At.Verifier.ToString());
        await window.WaitUntilReadyAsync();

        await town.ChangeRootAsync(handOver: true);
        await RefreshedAsync(guard);
        await Expect(guard.Locator("#held")).ToContainTextAsync("Ready");
        await Expect(guard.Locator("#held .notice")).ToHaveCountAsync(0);
        await PassesAsync(guard);
        // A window that was open meanwhile finds what the other kept, and puts nothing older in its place.
        await RefreshedAsync(window);
        await Expect(window.Locator("#held .notice")).ToHaveCountAsync(0);

        await guard.Context.SetOfflineAsync(true);
        await guard.ReloadAsync();
        await guard.WaitUntilReadyAsync();
        await PassesAsync(guard);
        await guard.Context.SetOfflineAsync(false);

        await town.ChangeRootAsync(handOver: false);
        await RefreshedAsync(guard);
        await Expect(guard.Locator("#held")).ToContainTextAsync("not those that this device registered");
        await ExpectAccessibleAsync(guard);
        await PassesAsync(guard);
        await guard.Locator("#held button").ClickAsync();
        await Expect(guard.Locator("#held .notice")).ToHaveCountAsync(0);
        await Expect(guard.Locator("#held")).ToContainTextAsync("Ready");
        await PassesAsync(guard);

        async Task PassesAsync(IPage page)
        {
            await page.JudgeAsync(text);
            await Expect(page.Locator("#verdict article")).ToHaveClassAsync(new Regex("passed"));
        }

        static async Task RefreshedAsync(IPage page)
        {
            await page.Locator("#refresh").ClickAsync();
            await Expect(page.Locator("#refresh")).Not.ToHaveAttributeAsync("aria-disabled", "true");
        }
    }

    [Fact]
    public async Task The_page_checks_SM2_too()
    {
        // A province on SM2 is not what the sandbox is, so the page's own modules are given a vector's.
        var vector = await File.ReadAllTextAsync(Path.Combine(Root, "tests", "vectors", "sm2", "codes", "sm2-phone-person.json"), TestContext.Current.CancellationToken);
        var guard = await PhoneAsync();
        await guard.GotoAsync(town.At.Verifier.ToString());
        await guard.WaitUntilReadyAsync();
        var answers = await guard.EvaluateAsync<string>(
            """
            async (json) => {
              const { roots, trustLists, statusLists, text, now } = JSON.parse(json);
              const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
              const { readTrustRoots, verify, verifyStatusList, verifyTrustList } = await import('/onecode/index.js');
              const { providerOf } = await import('/provider.js');
              const settings = await (await fetch('/config.json')).json();
              const held = { roots: await readTrustRoots(roots, await providerOf(settings.sm2)), now };
              held.trust = (await verifyTrustList(bytes(trustLists[0]), held.roots)).list;
              const { list } = await verifyStatusList(bytes(statusLists[0]), held.trust);
              held.statuses = { find: (uri) => (uri === list.uri ? list : null) };
              const altered = text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
              return JSON.stringify([settings.sm2, (await verify(text, held)).verdict, (await verify(altered, held)).verdict]);
            }
            """,
            vector);
        Assert.Equal("""[true,"passed","failed"]""", answers);
    }

    [Fact]
    public async Task The_camera_reads_a_code_that_is_held_before_it()
    {
        var (_, text) = await Developer.RunAsync(await VisitorAsync(), town, "zhangmin", "vehicle");
        var film = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".y4m");
        await Film.WriteAsync(film, text);
        try
        {
            await using var browser = await Chromium.LaunchAsync(
                "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", $"--use-file-for-fake-video-capture={film}");
            var guard = await VisitorAsync(browser, new() { Locale = "zh-CN", Permissions = ["camera"] });
            await guard.GotoAsync(town.At.Verifier.ToString());
            // A guard who has allowed the camera before wants to scan: it starts by itself.
            await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("passed"), new() { Timeout = 20_000 });
            await Expect(guard.Locator("#verdict")).ToContainTextAsync("皖A00001");
        }
        finally
        {
            File.Delete(film);
        }
    }

    [Fact]
    public async Task The_phone_code_is_a_picture_of_now_and_not_one_to_keep()
    {
        var phone = await PhoneAsync();
        await phone.GotoAsync(town.At.Wallet.ToString());
        await phone.OpenWalletAsync("zhangmin");
        var text = await phone.ShownCodeAsync();

        var guard = await VisitorAsync(locale: "en-GB");
        await guard.GotoAsync(town.At.Verifier.ToString());
        await guard.WaitUntilReadyAsync();
        await guard.JudgeAsync(text);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("passed"));
        await Expect(guard.Locator("#verdict")).ToContainTextAsync("Passed");
        await ExpectAccessibleAsync(guard);
    }
}
