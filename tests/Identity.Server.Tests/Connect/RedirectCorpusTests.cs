using System.Net;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>
/// Redirect URIs that look like a registered one to somebody (RFC 9700 4.1): to a parser, a browser, a proxy or a person. None is
/// accepted, at the authorization endpoint or when it is pushed.
/// </summary>
[Collection(Protocols.Name)]
public sealed class RedirectCorpusTests(ProtocolServer protocols)
{
    private const int AtLeast = 2_000;

    // What parsers drop, decode, fold or take for something else.
    private static readonly string[] Inserted = ["%00", "%09", "%0a", "%0d%0a", "%20", "%2e", "%2f", "%5c", "%23", "%3f", "%40", "%252f", "\\", "@", "#", "?", ";", " ", "\t", "\u200b", "\u00ad", "\u3002", "*"];

    private static readonly string[] Hosts =
    [
        "evil.example", "{host}.evil.example", "evil.example.{host}", "{host}@evil.example", "evil.example#{host}", "evil.example?{host}", "evil.example\\{host}", "evil.example/{host}", "evil.example;{host}",
        "evil.example%2f{host}", "evil.example%5c{host}", "evil.example%00{host}", "evil.example%09{host}", "{host}%00.evil.example", "{host}%2eevil.example", "{host}.", "{host}..", ".{host}", "www.{host}", "{host}:443@evil.example",
        "user@{host}", "user:pw@{host}", ":@{host}", "@{host}", "%40{host}", "xn--{host}", "{host},evil.example", "{host}|evil.example", "[{host}]", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "[::]", "0", "0.0.0.0", "127.1", "127.0.1",
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.1.", "127.0.0.2", "localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "①②⑦.0.0.1", "127。0。0。1", "ⓛocalhost", "lоcalhost", "ｌocalhost", "localhoѕt",
    ];

    private static readonly string[] Ports = [":", ":0", ":00", ":80@evil.example", ":443x", ":-1", ":99999", ":65536", ":%38%30", ":８０", ":80:80", ": 80", ":8 0", ":+80", ":0x50"];

    private static readonly string[] Schemes = ["ftp", "file", "javascript", "data", "vbscript", "blob", "ws", "wss", "view-source:https", "HTTPS", "Https", "HTTP", "hTTp", "https:https", "http ", " https", "\thttps", "%68ttps", "x", ""];

    private static readonly string[] Endings =
    [
        "/", "//", "/.", "/..", "/./", "/../", "/../callback", "/..;/", "/%2e%2e/", "/%252e%252e/", "..", "%2f..", "%5c..", "?", "?x=1", "?#", "#", "#x", "&x=1", ";x", ";jsessionid=1", ",", "%", "%2", "%u002f", "%c0%af", "%e0%80%af", "\\", "\\..", "@evil.example",
        "*", "'", "\"", "<script>", "{x}", "[x]", "^", "`", "|", "~", "$", "!", ".json", ".html", "%3Fx", "%23x", "+", " ", "\u202e", "\ufeff", "/callback", "/x", "\n", "\r\n", "=", ":443",
    ];

    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task No_trick_is_sent_anywhere()
    {
        string[] clients = [ProtocolServer.Pushing, OidcServer.Hr, OidcServer.Native];
        var tricks = clients.SelectMany(client => TricksOn(client == OidcServer.Native ? "http://127.0.0.1/callback" : server.RedirectUriOf(client)).Select(trick => (client, trick))).Distinct().ToArray();
        Assert.True(tricks.Length >= AtLeast, $"only {tricks.Length}");
        using var browser = await server.SignedInAsync();
        await Parallel.ForEachAsync(tricks, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken }, async (trick, _) =>
        {
            using var answer = await browser.GetAsync(server.Request(trick.client, "openid").With("redirect_uri", trick.trick).Url);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest && answer.Headers.Location is null, $"{trick} -> {answer.StatusCode} {answer.Headers.Location}");
        });
        TestContext.Current.TestOutputHelper?.WriteLine($"{tricks.Length} tricks");
    }

    [Fact]
    public async Task No_trick_is_pushed()
    {
        // Every seventh: it is the same rule, and this shows that it is asked.
        foreach (var trick in TricksOn(server.RedirectUriOf(ProtocolServer.Pushing)).Where((_, i) => i % 7 == 0))
        {
            var form = server.Request(ProtocolServer.Pushing).With("redirect_uri", trick).Parameters.Where(p => p.Key != "client_id").ToDictionary(p => p.Key, p => p.Value!);
            using var answer = await server.PostAsync("/connect/par", ProtocolServer.Pushing, form);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{trick} -> {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task No_trick_is_where_signing_out_ends()
    {
        using var browser = await server.SignedInAsync();
        const string Good = "http://localhost:9/signout-callback-oidc";
        foreach (var trick in TricksOn(Good).Where((_, i) => i % 11 == 0))
        {
            using var answer = await browser.GetAsync(QueryHelpers.AddQueryString("/connect/endsession", new Dictionary<string, string?> { ["client_id"] = OidcServer.Hr, ["post_logout_redirect_uri"] = trick }));
            Assert.True(answer.Headers.Location is null, $"{trick} -> {answer.Headers.Location}");
        }
    }

    private static IEnumerable<string> TricksOn(string good)
    {
        var uri = new Uri(good);
        var authority = uri.IsDefaultPort ? uri.Host : $"{uri.Host}:{uri.Port}";
        for (var at = 0; at <= good.Length; at++)
        {
            foreach (var text in Inserted)
            {
                yield return good.Insert(at, text);
            }
        }

        for (var at = 0; at < good.Length; at++)
        {
            var character = good[at];
            yield return good.Remove(at, 1);
            yield return $"{good[..at]}%{(int)character:x2}{good[(at + 1)..]}";
            yield return $"{good[..at]}%25{(int)character:x2}{good[(at + 1)..]}";
            if (char.IsAsciiLetter(character))
            {
                yield return good[..at] + char.ToUpperInvariant(character) + good[(at + 1)..];
                yield return good[..at] + (char)(character - 'a' + '\uff41') + good[(at + 1)..];
            }
        }

        foreach (var host in Hosts.Select(host => host.Replace("{host}", uri.Host, StringComparison.Ordinal)).Where(host => host != uri.Host))
        {
            yield return $"{uri.Scheme}://{host}{uri.AbsolutePath}";
            yield return $"{uri.Scheme}://{host}:{uri.Port}{uri.AbsolutePath}";
        }

        foreach (var port in Ports)
        {
            yield return $"{uri.Scheme}://{uri.Host}{port}{uri.AbsolutePath}";
        }

        foreach (var scheme in Schemes)
        {
            yield return $"{scheme}://{authority}{uri.AbsolutePath}";
            yield return $"{scheme}:{authority}{uri.AbsolutePath}";
        }

        foreach (var ending in Endings)
        {
            yield return good + ending;
        }
    }
}
