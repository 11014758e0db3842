using System.Net;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Web;
using Xunit;

namespace Identity.Server.Tests.Web;

public sealed class LocalUrlTests(TheServer server) : IClassFixture<TheServer>
{
    private static readonly string[] Hosts = ["evil.example", "evil.example/path", "evil.example:443", "user@evil.example", "127.0.0.1", "[::1]", "localhost.evil.example", "evil%2eexample"];

    // What has been taken for the start of a local address, in one product or another.
    private static readonly string[] Starts =
    [
        "//", "///", "////", "/\\", "\\/", "\\\\", "\\", "/\\/", "//\\", "/\t/", "/\n/", "/\r/", "/ /", "\t//", " //", "\u0001//", "/\u00a0/", "/\u3000/", "/\u2028/",
        "/%09/", "/%0a/", "/%0d/", "/%0d%0a/", "/%2f/", "/%2F", "%2f%2f", "/%5c", "/%5C/", "/.//", "/..//", "/./\\", "/a/..//", "/a/../..//", "/;//", "/a//",
        "http:", "http:/", "http://", "https:", "https:/", "https:///", "HTTPS://", "hTtP://", "javascript:", "javascript://", "data:text/html,", "vbscript:", "file://",
        "~/", "~//", "./", "../", ".//", "/\ud83d\ude00//", "http\t://", "ht\ntp://", "//%0a", "/\\\t", "/?//\\", "@", "/@/\\", ":", "//?", "//#", "/\0/", "\0/", "​//",
    ];

    public static TheoryData<string> Tricks => [.. Starts.SelectMany(start => Hosts.Select(host => start + host)).Distinct()];

    [Fact]
    public void No_trick_passes_for_local()
    {
        var passed = Tricks.Select(trick => trick.Data).Where(trick => LocalUrl.IsLocal(trick)).ToList();

        // "/?//\evil" would be a query of our own page, but holds a backslash; "/@..." is a path of ours.
        Assert.DoesNotContain(passed, trick => LeavesTheOrigin(trick));
        Assert.True(Tricks.Count >= 500, $"{Tricks.Count} tricks");
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/account")]
    [InlineData("/account/codes?kind=person&x=%2F%2Fevil")]
    [InlineData("/connect/authorize?client_id=a&redirect_uri=https%3A%2F%2Frp.example%2Fcb&state=a%5Cb#x")]
    public void Our_own_addresses_pass(string url) => Assert.True(LocalUrl.IsLocal(url));

    [Theory]
    [InlineData("//evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("https://evil.example/")]
    [InlineData("/\t/evil.example")]
    public async Task Sign_in_never_leads_away(string trick)
    {
        var name = await server.AddAccountAsync();
        using var browser = server.OpenBrowser();
        using var answer = await browser.SignInAsync(name, returnUrl: trick);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        Assert.Equal("/account", answer.Headers.Location?.OriginalString);
    }

    /// <summary>As the WHATWG URL parser reads it: control characters at the ends go, tabs and line ends go everywhere, backslash is slash.</summary>
    private static bool LeavesTheOrigin(string url)
    {
        var read = new string([.. url.Trim([.. Enumerable.Range(0, 33).Select(i => (char)i)]).Where(c => c is not ('\t' or '\n' or '\r')).Select(c => c == '\\' ? '/' : c)]);
        return !read.StartsWith('/') || read.StartsWith("//", StringComparison.Ordinal);
    }
}
