using System.Net;
using Identity.Server.Web;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>Where a sign-in leads back to (CVE-2024-39694, CVE-2021-32786, CVE-2019-20479): addresses that are not plainly ours lead to the account page.</summary>
[Collection(Protocols.Name)]
public sealed class ReturnUrlCorpusTests(ProtocolServer protocols)
{
    private const int AtLeast = 500;

    private static readonly string[] Slashes = ["//", "/\\", "\\/", "\\\\", "///", "/\t/", "/\n/", "/\r/", "/%09/", "/%0a/", "/%0d/", "/%2f", "/%2F/", "/%5c", "/%5C/", "/.//", "/..//", "/./\\", "/;//", "/%20/", "\t//", " //", "\u3000//", "/\u2215/", "/\u2044/", "/\uff0f", "/%252f", "/%255c", "/%e3%80%82/", "/%00/", "//%5c"];

    private static readonly string[] Targets = ["evil.example", "evil.example/", "evil.example/account", "evil.example:80", "evil.example%2faccount", "user@evil.example", "localhost@evil.example", "127.0.0.1", "[::1]", "3627734734", "evil%2eexample", "evil。example", "ｅvil.example"];

    private static readonly string[] Whole =
    [
        "https://evil.example", "http://evil.example", "HTTPS://evil.example", "https:evil.example", "https:/evil.example", "https:\\\\evil.example", "javascript:alert(1)", "JavaScript:alert(1)", "java\tscript:alert(1)", "%6aavascript:alert(1)",
        "data:text/html,x", "vbscript:x", "blob:x", "file:///etc/passwd", "about:blank", "mailto:x@evil.example", "evil.example", "evil.example/account", "account", "./account", "../account", "?x=1", "#x", "", " ", ".", "..", "~", "\\", "%2f%2fevil.example", "@evil.example",
    ];

    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task No_address_of_somebody_else_is_where_a_sign_in_leads()
    {
        var tricks = Slashes.SelectMany(slash => Targets.Select(target => slash + target)).Concat(Whole)
            .Concat(Targets.SelectMany(target => new[] { $"/account/..//{target}", $"/account\\..\\{target}", $"/account/%2e%2e//{target}", $"/account%0d%0aLocation:%20https://{target}", $"/account\r\nLocation: https://{target}", $"/\u200b/{target}", $"/x//{target}" }))
            .Distinct().ToArray();
        Assert.True(tricks.Length >= AtLeast, $"only {tricks.Length}");
        using var browser = await server.SignedInAsync();
        await Parallel.ForEachAsync(tricks, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken }, async (trick, _) =>
        {
            Assert.False(LocalUrl.IsLocal(trick), trick);
            using var answer = await browser.GetAsync("/sign-in?returnUrl=" + Uri.EscapeDataString(trick));
            Assert.True(answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location?.OriginalString == "/account", $"{trick} -> {answer.StatusCode} {answer.Headers.Location}");
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{tricks.Length} tricks");
    }

    [Theory]
    [InlineData("/account")]
    [InlineData("/account/codes")]
    [InlineData("/connect/authorize?client_id=x&redirect_uri=https%3A%2F%2Frp.example%2Fcallback&scope=openid%20profile")]
    public async Task Our_own_are(string url)
    {
        using var browser = await server.SignedInAsync();
        using var answer = await browser.GetAsync("/sign-in?returnUrl=" + Uri.EscapeDataString(url));
        Assert.Equal(url, answer.Headers.Location?.OriginalString);
    }
}
