using System.Net;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>
/// Each parameter of each endpoint, said twice, giant, of a wrong kind or of bytes that nobody expects. Nothing is a fault of ours
/// (5xx), and nothing goes through that would not have without.
/// </summary>
[Collection(Protocols.Name)]
public sealed class ParameterCorpusTests(ProtocolServer protocols)
{
    private static readonly string[] Names =
    [
        "client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method", "prompt", "max_age", "acr_values", "claims", "login_hint", "id_token_hint", "response_mode",
        "display", "ui_locales", "request_uri", "dpop_jkt", "resource", "grant_type", "code", "code_verifier", "refresh_token", "client_secret", "client_assertion", "client_assertion_type", "token", "token_type_hint",
        "post_logout_redirect_uri", "access_token", "username", "password", "audience", "registration", "request", "iss", "error", "onecode_since", "onecode_came", "__proto__", "constructor",
    ];

    // As they stand in a form: encoded already.
    private static readonly string[] Values =
    [
        "", "%00", "a%00b", "%0d%0aSet-Cookie:x=1", "%0a", "%ff%fe", "%F0%9F%98%80", "%ED%A0%80", "%u0041", "%", "%zz", "null", "undefined", "true", "-1", "0", "1e999", "99999999999999999999", "NaN", "[]", "{}", "%7B%22a%22%3A1%7D", "%5B%22a%22%5D",
        "'%20OR%201=1--", "%3Cscript%3Ealert(1)%3C/script%3E", "..%2f..%2fetc%2fpasswd", "%24%7Bjndi:ldap://x%7D", "{{7*7}}", "a,b", "a%20b", "+", "%2b", "a;b", "%E2%80%AE", "%E2%80%8B", "e30.e30.e30", "a.b.c.d.e",
    ];

    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task Nothing_that_is_said_at_the_back_endpoints_is_a_fault_of_ours_or_goes_through()
    {
        var tried = 0;
        string[] paths = ["/connect/token", "/connect/par", "/connect/introspect", "/connect/revoke", "/connect/userinfo"];
        var bodies = Names.SelectMany(name => Values.Select(value => $"{name}={value}").Append($"{name}=a&{name}=b").Append($"{name}[]=a").Append($"{name}[x]=a&{name}.y=b").Append(name)).ToArray();
        await Parallel.ForEachAsync(
            paths.SelectMany(path => bodies.Where((_, i) => i % paths.Length == Array.IndexOf(paths, path)).Select(body => (path, body))),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
            async (one, cancellationToken) =>
            {
                using var form = new StringContent($"grant_type=refresh_token&client_id=machine-test&{one.body}", Encoding.ASCII, "application/x-www-form-urlencoded");
                using var answer = await server.Http.PostAsync(new Uri(one.path, UriKind.Relative), form, cancellationToken);
                Interlocked.Increment(ref tried);
                Assert.True((int)answer.StatusCode is 400 or 401 or 413, $"{one}: {answer.StatusCode}");
                Assert.False(answer.Headers.Contains("Set-Cookie"), one.ToString());
            });
        Assert.True(tried > 1_500, $"{tried}");
    }

    [Fact]
    public async Task Nothing_that_stands_in_the_address_is_a_fault_of_ours_or_a_header()
    {
        using var browser = await server.SignedInAsync();
        var tried = 0;
        await Parallel.ForEachAsync(
            Names.SelectMany((name, i) => Values.Where((_, j) => (i + j) % 2 == 0).Select(value => (name, value))),
            new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = TestContext.Current.CancellationToken },
            async (one, _) =>
            {
                foreach (var path in new[] { server.Request().With(one.name, null).Url, "/connect/endsession?x=1" })
                {
                    using var answer = await browser.GetAsync($"{path}&{one.name}={one.value}");
                    Interlocked.Increment(ref tried);
                    Assert.True((int)answer.StatusCode is < 500, $"{path} {one}: {answer.StatusCode}");
                    var to = answer.Headers.Location?.OriginalString;
                    Assert.True(to is null || to.StartsWith('/') || to.StartsWith(server.RedirectUriOf(OidcServer.Hr) + "?", StringComparison.Ordinal) || to.StartsWith(server.Issuer + "/sign-in?", StringComparison.Ordinal), $"{one} -> {to}");
                    Assert.DoesNotContain("x=1", answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? string.Join(';', cookies) : "", StringComparison.Ordinal);
                }
            });
        Assert.True(tried > 1_000, $"{tried}");
    }

    [Fact]
    public async Task A_megabyte_in_any_parameter_is_refused_at_every_endpoint()
    {
        var giant = new string('a', 1024 * 1024);
        foreach (var path in new[] { "/connect/token", "/connect/par", "/connect/introspect", "/connect/revoke", "/connect/userinfo", "/connect/authorize", "/connect/endsession" })
        {
            foreach (var name in new[] { "client_id", "scope", "state", "token", "client_assertion", "claims", "made_up" })
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent($"{name}={giant}", Encoding.ASCII, "application/x-www-form-urlencoded") };

                // Refused by its length, before it is sent: else the answer and the closing of the line race with the body.
                request.Headers.ExpectContinue = true;
                using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
                Assert.True((int)answer.StatusCode is 400 or 401 or 413, $"{path} {name}: {answer.StatusCode}");
            }
        }
    }

    [Fact]
    public async Task Each_parameter_of_a_good_request_said_twice_is_invalid_request_at_every_endpoint()
    {
        using var browser = await server.SignedInAsync();
        foreach (var (name, value) in server.Request().Parameters)
        {
            using var authorize = await browser.GetAsync(QueryHelpers.AddQueryString(server.Request().Url, name, value!));
            Assert.True(authorize.StatusCode == HttpStatusCode.BadRequest, $"authorize, {name}: {authorize.StatusCode}");
            await TwiceAsync("/connect/par", server.Request().Parameters.Select(p => $"{p.Key}={Uri.EscapeDataString(p.Value!)}"), $"{name}={Uri.EscapeDataString(value!)}");
        }

        foreach (var pair in new[] { "grant_type=client_credentials", "client_id=machine-test", "client_secret=machine-test-secret" })
        {
            await TwiceAsync("/connect/token", ["grant_type=client_credentials", "client_id=machine-test", "client_secret=machine-test-secret"], pair);
        }

        foreach (var path in new[] { "/connect/introspect", "/connect/revoke" })
        {
            await TwiceAsync(path, ["token=x", "client_id=machine-test", "client_secret=machine-test-secret"], "token=x");
            await TwiceAsync(path, ["token=x", "client_id=machine-test", "client_secret=machine-test-secret"], "client_id=machine-test");
        }
    }

    private async Task TwiceAsync(string path, IEnumerable<string> pairs, string again)
    {
        using var form = new StringContent(string.Join('&', pairs.Append(again)), Encoding.ASCII, "application/x-www-form-urlencoded");
        using var answer = await server.Http.PostAsync(new Uri(path, UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_request"), (answer.StatusCode, await OidcServer.ErrorOfAsync(answer)));
    }
}
