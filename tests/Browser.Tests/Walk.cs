using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using Xunit;

namespace Browser.Tests;

/// <summary>What all walks share: visitors with browsers of their own, and a picture of what each saw last when a walk fails.</summary>
public abstract class Walk(Chromium chromium) : IAsyncLifetime
{
    private readonly List<IBrowserContext> _contexts = [];

    private static readonly AxeRunOptions Wcag22 = new()
    {
        RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
    };

    internal static string Root => Repository.Root;

    protected Chromium Chromium { get; } = chromium;

    public virtual ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            await PhotographAsync();
        }
        foreach (var context in _contexts)
        {
            await context.DisposeAsync();
        }
    }

    /// <summary>Somebody with a browser of his own.</summary>
    protected Task<IPage> VisitorAsync(bool script = true, string locale = "zh-CN") =>
        VisitorAsync(Chromium.Browser, new() { Locale = locale, JavaScriptEnabled = script, ViewportSize = new() { Width = 1100, Height = 800 } });

    /// <summary>Somebody with a phone.</summary>
    protected Task<IPage> PhoneAsync(string locale = "zh-CN") =>
        VisitorAsync(Chromium.Browser, new() { Locale = locale, ViewportSize = new() { Width = 390, Height = 844 }, DeviceScaleFactor = 2, HasTouch = true });

    protected async Task<IPage> VisitorAsync(IBrowser browser, BrowserNewContextOptions options)
    {
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(30_000);
        _contexts.Add(context);
        return await context.NewPageAsync();
    }

    /// <summary>No violation of WCAG 2.2 A and AA that axe can see.</summary>
    protected static async Task ExpectAccessibleAsync(IPage page)
    {
        var seen = await page.RunAxe(Wcag22);
        Assert.True(
            seen.Violations.Length == 0,
            $"{page.Url}{Environment.NewLine}{string.Join(Environment.NewLine, seen.Violations.Select(Sentence))}");
    }

    private static string Sentence(AxeResultItem violation) =>
        $"{violation.Id}: {violation.Help}: {string.Join(" | ", violation.Nodes.Select(node => node.Html).Take(5))}";

    private async Task PhotographAsync()
    {
        var folder = Directory.CreateDirectory(Path.Combine(Root, "TestResults", "pictures")).FullName;
        var name = string.Concat(TestContext.Current.TestMethod?.MethodName ?? "walk");
        var number = 0;
        foreach (var page in _contexts.SelectMany(context => context.Pages))
        {
            try
            {
                await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}-{++number}.png"), FullPage = true, Timeout = 5_000 });
                await File.WriteAllTextAsync(Path.Combine(folder, $"{name}-{number}.html"), $"<!-- {page.Url} -->\n{await page.ContentAsync()}");
            }
            catch (PlaywrightException)
            {
                // A page that cannot be photographed must not hide why the walk failed.
            }
        }
    }
}
