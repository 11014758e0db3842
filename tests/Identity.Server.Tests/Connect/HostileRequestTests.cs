using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Identity.Server.Clients;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>What broke other servers (RFC 9700, and the advisories named at each rule). Nothing here may pass, redirect elsewhere or be a 500.</summary>
public sealed class HostileRequestTests(OidcServer server) : IClassFixture<OidcServer>
{
    [Fact]
    public async Task No_trick_with_the_redirect_uri_is_sent_anywhere()
    {
        using var browser = await server.SignedInAsync();
        var tried = 0;
        foreach (var client in new[] { OidcServer.Hr, OidcServer.Native })
        {
            foreach (var trick in Tricks(server.RedirectUriOf(client), client == OidcServer.Native))
            {
                using var answer = await browser.GetAsync(server.Request(client, "openid").With("redirect_uri", trick).Url);
                Assert.True(answer.StatusCode == HttpStatusCode.BadRequest && answer.Headers.Location is null, $"{client}: {trick} -> {answer.StatusCode} {answer.Headers.Location}");
                tried++;
            }
        }

        Assert.InRange(tried, 200, 10_000);
    }

    [Theory]
    [InlineData("http://127.0.0.1/callback", true)]
    [InlineData("http://127.0.0.1:1/callback", true)]
    [InlineData("http://127.0.0.1:65535/callback", true)]
    [InlineData("http://127.0.0.1:65536/callback", false)]
    [InlineData("http://127.0.0.1:080/callback", false)]
    [InlineData("http://127.0.0.1:/callback", false)]
    [InlineData("http://127.0.0.1:80@evil.example/callback", false)]
    [InlineData("http://127.0.0.1:80/callback?x=1", false)]
    [InlineData("http://localhost:80/callback", false)]
    [InlineData("https://127.0.0.1:80/callback", false)]
    public void A_native_clients_port_is_free_and_nothing_else_is_RFC8252_7_3(string uri, bool fits)
    {
        var client = new ClientSettings { Id = "n", Native = true, RedirectUris = { "http://127.0.0.1/callback" } };
        Assert.Equal(fits, RedirectUris.Fits(client, uri));
    }

    [Fact]
    public async Task Every_parameter_said_twice_is_refused()
    {
        using var browser = await server.SignedInAsync();
        var request = server.Request();
        foreach (var (name, value) in request.Parameters)
        {
            foreach (var second in new[] { value!, "other" })
            {
                using var answer = await browser.GetAsync(QueryHelpers.AddQueryString(request.Url, name, second));
                Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{name} twice: {answer.StatusCode}");
            }
        }

        foreach (var name in new[] { "grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret" })
        {
            using var form = new StringContent($"grant_type=client_credentials&client_id=machine-test&client_secret=machine-test-secret&{name}=a&{name}=b", Encoding.ASCII, "application/x-www-form-urlencoded");
            using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{name} twice: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task A_giant_value_of_any_parameter_is_a_bad_request()
    {
        using var browser = await server.SignedInAsync();
        var giant = new string('a', 6_000);
        foreach (var name in server.Request().Parameters.Keys.Append("made_up"))
        {
            using var answer = await browser.GetAsync(server.Request().With(name, giant).Url);
            Assert.True((int)answer.StatusCode is 400 or 414, $"{name}: {answer.StatusCode}");
        }
    }

    [Theory]
    [InlineData("grant_type=authorization_code&client_id=wallet&code=%00&code_verifier=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&redirect_uri=x")]
    [InlineData("grant_type=authorization_code&client_id=%00&code=x")]
    [InlineData("grant_type=%00")]
    [InlineData("grant_type=refresh_token&client_id=wallet&refresh_token=%00%ff%fe")]
    [InlineData("grant_type=refresh_token&client_id=wallet&refresh_token=a.b.c.d.e")]
    [InlineData("grant_type=authorization_code&client_id=wallet&code=%F0%9F%98%80&code_verifier=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa&redirect_uri=x")]
    [InlineData("grant_type=password&username=zhangmin&password=x&client_id=wallet")]
    [InlineData("grant_type=urn:ietf:params:oauth:grant-type:device_code&client_id=wallet&device_code=x")]
    [InlineData("=&=&==&&&")]
    [InlineData("%")]
    [InlineData("")]
    public async Task Garbage_is_a_bad_request_and_never_a_fault(string body)
    {
        using var form = new StringContent(body, Encoding.ASCII, "application/x-www-form-urlencoded");
        using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode is 400 or 401, $"{answer.StatusCode}");
        Assert.NotNull(await OidcServer.ErrorOfAsync(answer));
    }

    [Theory]
    [InlineData("/connect/token")]
    [InlineData("/connect/introspect")]
    [InlineData("/connect/revoke")]
    [InlineData("/connect/userinfo")]
    [InlineData("/connect/authorize")]
    [InlineData("/connect/endsession")]
    public async Task A_form_of_more_values_than_anybody_needs_is_a_bad_request(string path)
    {
        using var form = new StringContent(string.Join('&', Enumerable.Range(0, 1100).Select(i => $"p{i}=1")), Encoding.ASCII, "application/x-www-form-urlencoded");
        using var answer = await server.Http.PostAsync(new Uri(path, UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("multipart/form-data; boundary=x")]
    [InlineData("text/plain")]
    public async Task A_body_that_is_no_form_is_a_bad_request(string type)
    {
        using var body = new StringContent("{}", Encoding.ASCII);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("AAA")]
    [InlineData("AAAA")]
    [InlineData("Og==")]
    [InlineData("")]
    [InlineData("bWFjaGluZS10ZXN0")]
    public async Task A_header_of_nonsense_credentials_is_refused(string credentials)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token");
        request.Headers.TryAddWithoutValidation("Authorization", "Basic " + credentials);
        request.Content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials" });
        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True((int)answer.StatusCode is 400 or 401, $"{answer.StatusCode}");
    }

    [Fact]
    public async Task An_access_token_in_the_address_is_refused_RFC6750_5_3()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser);
        using var answer = await server.Http.GetAsync(new Uri("/connect/userinfo?access_token=" + tokens.AccessToken, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task An_access_token_changed_in_any_place_is_refused()
    {
        using var browser = await server.SignedInAsync();
        var token = (await server.CodeFlowAsync(browser)).AccessToken;
        for (var i = 0; i < token.Length; i += 37)
        {
            var changed = token[..i] + (token[i] == 'A' ? 'B' : 'A') + token[(i + 1)..];
            using var answer = await server.UserInfoAsync(changed);
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"at {i}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task An_identity_token_is_no_access_token_and_a_refresh_token_neither()
    {
        using var browser = await server.SignedInAsync();
        var tokens = await server.CodeFlowAsync(browser, OidcServer.Wallet, "openid offline_access");
        foreach (var token in new[] { tokens.IdToken!, tokens.RefreshToken! })
        {
            using var answer = await server.UserInfoAsync(token);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        }
    }

    private static IEnumerable<string> Tricks(string good, bool native)
    {
        var uri = new Uri(good);
        string[] endings = ["/", "//", "/.", "/..", "/../", "/../callback", "%2f", "%2F..", "%252f", "?", "?x=1", "#", "#x", "%00", "%0d%0aLocation:http://evil", ";x", "\\", " ", "\t", "%20", ".", "*", "@evil.example", "%40evil.example", "/%2e%2e/x", "..;/", "/x", "&x=1", "%3Fx", "%23x", "\u3002", "｡", "\u202e", "%c0%ae", "%u002e", "|", "^", "`", "'", "\"", "<", ">"];
        foreach (var ending in endings)
        {
            yield return good + ending;
        }

        string[] hosts = ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "127.0.0.1@evil.example", "localhost:9@evil.example", "127.0.0.1:80@evil.example", "evil.example#localhost", "evil.example\\localhost", "evil.example%2flocalhost", "LOCALHOST", "Localhost", "localhost.", "127.1", "127.0.0.1.", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]", "localhost%00.evil.example", "localhost%2eevil.example", "lоcalhost", "ｌocalhost", "①②⑦.0.0.1", "localhost,evil.example", "localhost;evil.example", "user@localhost", "user:pw@localhost", ":@localhost", "@localhost", "localhost%40evil.example", "0", "0.0.0.0"];
        foreach (var host in hosts)
        {
            yield return $"http://{host}{(host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? "" : ":" + uri.Port)}{uri.AbsolutePath}";
            yield return $"http://{host}{uri.AbsolutePath}";
        }

        string[] schemes = ["https", "HTTP", "Http", "javascript", "data", "file", "ftp", "ws", "custom", "http:http", "//", ""];
        foreach (var scheme in schemes)
        {
            yield return good.Replace("http:", scheme.EndsWith('/') || scheme.Length == 0 ? scheme : scheme + ":", StringComparison.Ordinal);
        }

        string[] whole = ["javascript:alert(1)", "data:text/html,x", "//evil.example/", "/signin-oidc", "signin-oidc", "http:///signin-oidc", "http:/localhost:9/signin-oidc", "http:localhost:9/signin-oidc", "http:\\\\localhost:9\\signin-oidc", "\\\\evil.example", "http://", "http:", " ", "null", "%", "about:blank", "blob:http://localhost:9/x", " " + good, "\t" + good, "\u200b" + good, good + "\u200b", good.Replace("/", "\\", StringComparison.Ordinal), Uri.EscapeDataString(good), good.ToUpperInvariant(), good.Insert(7, "x."), good.Replace("://", ":///", StringComparison.Ordinal), good + "," + good, good + " " + good];
        foreach (var text in whole)
        {
            yield return text;
        }

        string[] ports = ["", ":", ":0", ":00009", ":9x", ":99999", ":-9", ":9:9", ":%39", ":９", ":80", ":443"];
        foreach (var port in ports)
        {
            // A native client's loopback port is free (RFC 8252); the others of these must fail all the same.
            if (!native || port is ":" or ":0" or ":00009" or ":9x" or ":99999" or ":-9" or ":9:9" or ":%39" or ":９")
            {
                yield return $"http://{uri.Host}{port}{uri.AbsolutePath}";
            }
        }

        var path = uri.AbsolutePath;
        string[] paths = [path.ToUpperInvariant(), "/" + path, path.Insert(1, "%"), path.Replace("i", "%69", StringComparison.Ordinal).Replace("a", "%61", StringComparison.Ordinal), path[..^1], path + path, "/x/.." + path, "/./" + path[1..], "/;" + path[1..], "/" + path[1..] + "%3f", path.Insert(1, "\t")];
        foreach (var changed in paths)
        {
            yield return $"http://{uri.Authority}{changed}";
        }
    }
}
