using Browser.Tests;
using Microsoft.Playwright;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(Chromium))]
// Some walks measure seconds on a machine of two cores.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Browser.Tests;

/// <summary>The one browser of the run: Debian's Chromium. Each visitor gets a context of his own, as on another device.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private static readonly string[] Quiet =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;

    public IBrowser Browser { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        Browser = await LaunchAsync();
        // A busy machine is slow, not wrong.
        Assertions.SetDefaultExpectTimeout(15_000);
    }

    /// <summary>Another browser, for what can only be said at its start (a camera that shows a film).</summary>
    public Task<IBrowser> LaunchAsync(params string[] more) => _playwright!.Chromium.LaunchAsync(new()
    {
        ExecutablePath = "/usr/bin/chromium",
        Headless = true,
        Args = [.. Quiet, .. more],
    });

    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        _playwright?.Dispose();
    }
}
