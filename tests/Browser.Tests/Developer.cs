using System.Diagnostics;
using System.Text.Json;
using Microsoft.Playwright;
using Sandbox;
using Xunit;

namespace Browser.Tests;

/// <summary>A developer's own script (<c>scripts/code-flow.mjs</c>), with somebody at a browser who signs in when it asks.</summary>
internal static class Developer
{
    /// <summary>What the script was told: the citizen's name, and the text of a paper code issued to her.</summary>
    public static async Task<(string Name, string Text)> RunAsync(IPage page, Town town, string userName, string kind = "person")
    {
        var script = Path.Combine(Walk.Root, "tests", "Browser.Tests", "scripts", "code-flow.mjs");
        using var node = Process.Start(new ProcessStartInfo("node", [script, Addresses.Text(town.At.Login), kind]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        try
        {
            var address = await SaidAsync(node);
            await page.GotoAsync(address);
            if (!page.Url.StartsWith("http://127.0.0.1", StringComparison.Ordinal))
            {
                await page.SignInAsync(userName);
            }
            var told = await SaidAsync(node);
            using var json = JsonDocument.Parse(told);
            return (json.RootElement.GetProperty("name").GetString()!, json.RootElement.GetProperty("text").GetString()!);
        }
        finally
        {
            node.Kill();
        }
    }

    private static async Task<string> SaidAsync(Process script)
    {
        var line = await script.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60));
        if (line is null)
        {
            Assert.Fail(await script.StandardError.ReadToEndAsync());
        }
        return line;
    }
}
