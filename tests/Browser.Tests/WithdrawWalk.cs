using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Sandbox;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>
/// Walk 4: what is reported lost or withdrawn by an operator fails online within 2 s, on the signed list within its time, and
/// at a gate without network once that has the list.
/// </summary>
public sealed class WithdrawWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    private static readonly TimeSpan Online = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_phone_reported_lost_from_another_browser_fails_at_once()
    {
        var phone = await PhoneAsync();
        await phone.GotoAsync(town.At.Wallet.ToString());
        await phone.OpenWalletAsync("zhangmin");
        var text = await phone.ShownCodeAsync();
        Assert.Equal("passed", await JudgedOnlineAsync(text));

        var elsewhere = await VisitorAsync(script: false);
        await elsewhere.GotoAsync($"{town.At.Login}account/lost");
        await elsewhere.SignInAsync("zhangmin");
        await elsewhere.Locator("#sure").CheckAsync();
        await elsewhere.Locator("form button.danger").ClickAsync();
        await Expect(elsewhere.Locator("[role=status].good")).ToBeVisibleAsync();
        await ExpectRevokedOnlineAsync(text, Online);
    }

    [Fact]
    public async Task A_code_that_an_operator_withdraws_fails_online_then_on_the_list_then_at_the_gate()
    {
        var (_, text) = await Developer.RunAsync(await VisitorAsync(), town, "zhangmin", "vehicle");
        var guard = await PhoneAsync();
        await guard.GotoAsync(town.At.Verifier.ToString());
        await guard.WaitUntilReadyAsync();
        await guard.JudgeAsync(text);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("passed"));
        await guard.Context.SetOfflineAsync(true);

        await WithdrawAsync();
        await ExpectRevokedOnlineAsync(text, Online);

        // The signed list, as a gate of somebody else would fetch it; here within a second or two, by default within a minute.
        var clock = Stopwatch.StartNew();
        Cli judged;
        do
        {
            using var files = await OfflineFiles.FetchAsync(town.At.Login, town.Province.Data.Roots);
            judged = await Cli.OneCodeAsync("verify", text, "--root", files.Roots, "--trust", files.TrustList, "--status", files.StatusFolder, "--json");
        }
        while (judged.ExitCode == 0 && clock.Elapsed < TimeSpan.FromSeconds(20));
        Assert.True(judged.ExitCode == 1, judged.Output + judged.Errors);
        Assert.Equal("Revoked", JsonDocument.Parse(judged.Output).RootElement.GetProperty("reason").GetString());

        // The guard's page had the older list and still passes it; with the newer one it does not, network or none.
        await guard.Context.SetOfflineAsync(false);
        await guard.ReloadAsync();
        await guard.WaitUntilReadyAsync();
        await guard.Locator("#refresh").ClickAsync();
        await guard.Context.SetOfflineAsync(true);
        await guard.JudgeAsync(text);
        await Expect(guard.Locator("#verdict article")).ToHaveClassAsync(new Regex("failed"));
        await Expect(guard.Locator("#verdict")).ToContainTextAsync("已注销或挂失");
        await ExpectAccessibleAsync(guard);
    }

    private async Task WithdrawAsync()
    {
        var operatorPage = await VisitorAsync();
        await operatorPage.GotoAsync(town.At.Console.ToString());
        if (operatorPage.Url.StartsWith(town.At.Console.ToString(), StringComparison.Ordinal))
        {
            await ExpectAccessibleAsync(operatorPage);
        }
        await operatorPage.SignInAsync("operator-a");
        await operatorPage.SecondStepAsync(town, "operator-a");
        await operatorPage.WaitForURLAsync(new Regex("^" + Regex.Escape(town.At.Console.ToString())));
        await ExpectAccessibleAsync(operatorPage);
        await operatorPage.Locator("[name=kind][value=Vehicle]").CheckAsync();
        await operatorPage.Locator("[name=number]").FillAsync(Population.FirstCar.Plate);
        await operatorPage.Locator("form.card button[type=submit]").First.ClickAsync();
        await operatorPage.Locator("details summary").First.ClickAsync();
        await ExpectAccessibleAsync(operatorPage);
        await operatorPage.Locator("select[name=reason]").First.SelectOptionAsync(new SelectOptionValue { Index = 1 });
        await operatorPage.Locator("button[name=change][value=Revoke]").First.ClickAsync();
        await Expect(operatorPage.Locator("[role=status].good")).ToBeVisibleAsync();
    }

    private async Task ExpectRevokedOnlineAsync(string text, TimeSpan within)
    {
        var clock = Stopwatch.StartNew();
        string answer;
        do
        {
            answer = await JudgedOnlineAsync(text);
        }
        while (answer == "passed" && clock.Elapsed < within);
        Assert.Equal("failed Revoked", answer);
    }

    private async Task<string> JudgedOnlineAsync(string text)
    {
        using var client = new HttpClient { BaseAddress = town.At.Login };
        using var answer = await client.PostAsJsonAsync("/api/verify", new { text });
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return string.Join(' ', new[] { "verdict", "reason" }.Select(name => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() : null).Where(value => value is not null));
    }
}
