using System.Diagnostics;
using Microsoft.Playwright;
using Xunit;

namespace Browser.Tests;

/// <summary>Reads QR pictures with zbar, a reader that we did not write.</summary>
internal static class Qr
{
    /// <summary>The text in a picture, or fails.</summary>
    public static async Task<string> ReadAsync(string picture)
    {
        using var zbar = Process.Start(new ProcessStartInfo("zbarimg", ["--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var text = await zbar.StandardOutput.ReadToEndAsync();
        await zbar.WaitForExitAsync();
        Assert.True(zbar.ExitCode == 0 && text.Length > 0, $"zbarimg reads nothing in {picture}");
        return text.TrimEnd('\n');
    }

    /// <summary>What a camera would see of one element of a page.</summary>
    public static async Task<string> ReadAsync(ILocator element)
    {
        var picture = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".png");
        await element.ScreenshotAsync(new() { Path = picture });
        try
        {
            return await ReadAsync(picture);
        }
        finally
        {
            File.Delete(picture);
        }
    }
}
