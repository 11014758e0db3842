using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace Browser.Tests;

/// <summary>A passkey is added once and then signs in alone, in a browser that has never seen the password.</summary>
public sealed class PasskeyWalk(Chromium chromium, Town town) : Walk(chromium), IClassFixture<Town>
{
    [Fact]
    public async Task A_passkey_signs_in_without_a_password()
    {
        var page = await VisitorAsync();
        var key = await KeyAsync(page);
        await page.GotoAsync($"{town.At.Login}sign-in");
        await page.SignInAsync("lilei");
        await ExpectAccessibleAsync(page);
        await page.Locator("form[data-passkey=create] [type=submit]").ClickAsync();
        await Expect(page.Locator("section[aria-labelledby=passkeys] ul.rows li")).ToHaveCountAsync(1);
        await ExpectAccessibleAsync(page);

        var fresh = await VisitorAsync();
        await key.CarryToAsync(fresh);
        await fresh.GotoAsync($"{town.At.Login}sign-in");
        await fresh.Locator("form[data-passkey=get] [type=submit]").ClickAsync();
        await fresh.WaitForURLAsync($"{town.At.Login}account");
        await Expect(fresh.Locator("dl.facts")).ToContainTextAsync("lilei");
    }

    private static async Task<SecurityKey> KeyAsync(IPage page)
    {
        var session = await page.Context.NewCDPSessionAsync(page);
        return new(session, await SecurityKey.PlugInAsync(session));
    }

    /// <summary>Chromium's virtual authenticator, which can be carried to another browser.</summary>
    private sealed record SecurityKey(ICDPSession Session, string Id)
    {
        public static async Task<string> PlugInAsync(ICDPSession session)
        {
            await session.SendAsync("WebAuthn.enable");
            var added = await session.SendAsync("WebAuthn.addVirtualAuthenticator", new()
            {
                ["options"] = new Dictionary<string, object>
                {
                    ["protocol"] = "ctap2",
                    ["transport"] = "internal",
                    ["hasResidentKey"] = true,
                    ["hasUserVerification"] = true,
                    ["isUserVerified"] = true,
                    ["automaticPresenceSimulation"] = true,
                },
            });
            return added!.Value.GetProperty("authenticatorId").GetString()!;
        }

        public async Task CarryToAsync(IPage page)
        {
            var there = await page.Context.NewCDPSessionAsync(page);
            var authenticator = await PlugInAsync(there);
            var held = await Session.SendAsync("WebAuthn.getCredentials", new() { ["authenticatorId"] = Id });
            foreach (var credential in held!.Value.GetProperty("credentials").EnumerateArray())
            {
                await there.SendAsync("WebAuthn.addCredential", new() { ["authenticatorId"] = authenticator, ["credential"] = credential });
            }
        }
    }
}
