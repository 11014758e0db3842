using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>Every answer of every page and endpoint, read off the routes: headers that must be there, cookies as they must be.</summary>
[Collection(Protocols.Name)]
public sealed class HeaderScanTests(ProtocolServer protocols)
{
    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task Every_answer_has_the_headers_and_no_cookie_is_open_to_scripts()
    {
        var routes = (
            from endpoint in server.Server.App.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = "/" + endpoint.RoutePattern.RawText!.TrimStart('/')
            where !path.Contains('{', StringComparison.Ordinal)
            select path).Concat(["/connect/token", "/connect/par", "/connect/userinfo", "/connect/introspect", "/connect/revoke", "/.well-known/openid-configuration", "/.well-known/jwks", "/nowhere", "/sign-in?returnUrl=%2Fx", server.Request().Url, server.Request().With("redirect_uri", "x").Url, server.Request().With("response_mode", "form_post").Url])
            .Distinct().ToArray();
        Assert.True(routes.Length > 30, $"{routes.Length}");
        using var somebody = await server.SignedInAsync();
        using var nobody = server.Server.OpenBrowser();
        using var atConsole = server.Server.OpenBrowser(server.Server.Console);
        var pages = 0;
        foreach (var browser in new[] { nobody, somebody, atConsole })
        {
            foreach (var path in routes)
            {
                foreach (var method in new[] { HttpMethod.Get, HttpMethod.Post })
                {
                    using var request = new HttpRequestMessage(method, path);
                    if (method == HttpMethod.Post)
                    {
                        request.Content = new FormUrlEncodedContent([new("x", "1")]);
                    }

                    using var answer = await browser.Http.SendAsync(request, TestContext.Current.CancellationToken);
                    Scan(answer, $"{method} {path}: {(int)answer.StatusCode}");
                    pages += answer.Content.Headers.ContentType?.MediaType == "text/html" ? 1 : 0;
                }
            }
        }

        Assert.True(pages > 20, $"{pages} pages");
        TestContext.Current.TestOutputHelper?.WriteLine($"{routes.Length} routes, {routes.Length * 6} answers, {pages} of them pages");
    }

    private static void Scan(HttpResponseMessage answer, string what)
    {
        string One(string name) => answer.Headers.TryGetValues(name, out var values) || answer.Content.Headers.TryGetValues(name, out values) ? string.Join(',', values) : "";
        Assert.True((int)answer.StatusCode < 500, what);
        // RFC 9700 4.12: both send a form on as it was, password and all.
        Assert.True((int)answer.StatusCode is not (307 or 308), what);
        Assert.True(One("X-Content-Type-Options") == "nosniff", what);
        Assert.True(One("Referrer-Policy").Length > 0, what);
        Assert.True(One("Server").Length == 0 && One("X-Powered-By").Length == 0, what);
        if (answer.Content.Headers.ContentType?.MediaType == "text/html")
        {
            var policy = One("Content-Security-Policy");
            Assert.True(policy.Contains("default-src 'none'", StringComparison.Ordinal) && policy.Contains("frame-ancestors 'none'", StringComparison.Ordinal) && policy.Contains("base-uri 'none'", StringComparison.Ordinal), $"{what}: {policy}");
            Assert.False(policy.Contains("unsafe", StringComparison.Ordinal), what);
            Assert.True(One("X-Frame-Options") == "DENY", what);
            Assert.True(answer.Headers.CacheControl?.NoStore == true, what);
        }

        foreach (var cookie in answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [])
        {
            // Secure and __Host- come with https, which a test on loopback has not; Web/Cookies.cs sets both there.
            Assert.True(cookie.Contains("httponly", StringComparison.OrdinalIgnoreCase) && cookie.Contains("samesite=", StringComparison.OrdinalIgnoreCase)
                && !cookie.Contains("samesite=none", StringComparison.OrdinalIgnoreCase) && cookie.Contains("path=/", StringComparison.OrdinalIgnoreCase) && !cookie.Contains("domain=", StringComparison.OrdinalIgnoreCase), $"{what}: {cookie.Split('=')[0]}");
        }
    }
}
