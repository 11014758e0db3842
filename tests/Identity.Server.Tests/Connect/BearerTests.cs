using System.Net;
using System.Net.Http.Headers;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 6750 3: what <c>/api</c> says to a token that is missing, wrong or too weak.</summary>
public sealed class BearerTests(OidcServer server) : IClassFixture<OidcServer>
{
    [Fact]
    public async Task Without_a_token_the_answer_is_401_and_names_the_scheme()
    {
        using var answer = await server.Http.GetAsync(new Uri("/api/subjects", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.First().Scheme);
    }

    [Fact]
    public async Task A_token_that_is_none_is_invalid_token()
    {
        using var answer = await GetAsync("not.a.token");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("error=\"invalid_token\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_good_token_without_the_scope_is_insufficient_scope()
    {
        using var answer = await GetAsync((await server.ClientCredentialsAsync("gate-test", "verify")).AccessToken);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("error=\"insufficient_scope\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_session_cookie_opens_no_api()
    {
        using var browser = await server.SignedInAsync();
        using var answer = await browser.GetAsync("/api/subjects");
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private async Task<HttpResponseMessage> GetAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/subjects");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
