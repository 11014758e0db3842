using System.Diagnostics;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>What is promised within two seconds.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> holds)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            // The promise is two seconds; the rest is for a machine that does other things too.
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), "It did not come true.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}

/// <summary>A QR reader that we did not write.</summary>
internal static class Zbar
{
    public static async Task<string> ReadAsync(string picture)
    {
        using var process = Process.Start(new ProcessStartInfo("zbarimg", ["--quiet", "--raw", picture]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return text.TrimEnd('\n');
    }
}
