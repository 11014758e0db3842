using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Tests.Connect;
using Xunit;

namespace Identity.Server.Tests.Clients;

/// <summary><c>/api/clients</c>: the portal for programs, under the names of RFC 7591.</summary>
public sealed class ClientsApiTests(OidcServer server) : IClassFixture<OidcServer>
{
    private static readonly string Valid = $$"""
        {
          "client_name": "我的应用", "client_name#en": "Mine", "redirect_uris": ["{{AClient.Home}}"], "scope": "openid profile",
          "scope_purposes": { "profile": "称呼您" }, "contacts": ["dev@example.org"], "software_statement": { "unknown": "passed over" }
        }
        """;

    [Fact]
    public async Task A_client_is_registered_read_changed_rotated_reviewed_and_removed()
    {
        var token = await TokenAsync();
        var (status, made) = await SendAsync(token, HttpMethod.Post, "", Valid);
        Assert.Equal(HttpStatusCode.Created, status);
        var id = made.GetProperty("client_id").GetString()!;
        var secret = made.GetProperty("client_secret").GetString()!;
        Assert.Equal("trying", made.GetProperty("standing").GetString());

        var (_, read) = await SendAsync(token, HttpMethod.Get, $"/{id}");
        Assert.False(read.TryGetProperty("client_secret", out _));
        Assert.Equal(AClient.Home, read.GetProperty("registration").GetProperty("redirect_uris")[0].GetString());
        Assert.Contains((await SendAsync(token, HttpMethod.Get, "")).Body.EnumerateArray(), client => client.GetProperty("client_id").GetString() == id);

        // What is read can be sent back.
        var changed = read.GetProperty("registration").GetRawText().Replace("Mine", "Still mine", StringComparison.Ordinal);
        var (put, after) = await SendAsync(token, HttpMethod.Put, $"/{id}", changed);
        Assert.True(put == HttpStatusCode.OK, after.ToString());
        Assert.Equal("Still mine", after.GetProperty("registration").GetProperty("client_name#en").GetString());

        var (_, rotated) = await SendAsync(token, HttpMethod.Post, $"/{id}/secret", """{ "former_ends_now": false }""");
        Assert.NotEqual(secret, rotated.GetProperty("client_secret").GetString());
        Assert.True(rotated.TryGetProperty("former_secret_expires_at", out _));

        Assert.Equal("waiting", (await SendAsync(token, HttpMethod.Post, $"/{id}/review")).Body.GetProperty("standing").GetString());
        Assert.Equal("nothing_to_review", (await SendAsync(token, HttpMethod.Post, $"/{id}/review")).Body.GetProperty("code").GetString());
        (await AClient.TokenAsync(server.Http, id, "wrong", new() { ["grant_type"] = "client_credentials" })).Dispose();
        Assert.Equal("invalid_client", (await SendAsync(token, HttpMethod.Get, $"/{id}/failures")).Body[0].GetProperty("error").GetString());

        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync(token, HttpMethod.Delete, $"/{id}")).Status);
        Assert.Equal("client_unknown", (await SendAsync(token, HttpMethod.Get, $"/{id}")).Body.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("https://app.example.org/callback", "http://app.example.org/callback")]
    [InlineData("称呼您", "")]
    [InlineData("dev@example.org", "nobody")]
    [InlineData("openid profile", "openid clients")]
    [InlineData("\"scope\"", "\"grant_types\": [\"password\"], \"scope\"")]
    [InlineData("\"scope\"", "\"token_endpoint_auth_method\": \"tls_client_auth\", \"scope\"")]
    public async Task What_the_portal_refuses_the_api_refuses(string valid, string wrong)
    {
        var (status, body) = await SendAsync(await TokenAsync(), HttpMethod.Post, "", Valid.Replace(valid, wrong, StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("invalid_client_metadata", body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_client_with_keys_pushed_requests_and_bound_tokens_meets_FAPI_and_changes_its_keys_at_once()
    {
        var token = await TokenAsync();
        var strict = Valid.Replace("\"scope\"", $"\"token_endpoint_auth_method\": \"private_key_jwt\", \"jwks\": {KeyNamed("one")}, \"require_pushed_authorization_requests\": true, \"dpop_bound_access_tokens\": true, \"scope\"", StringComparison.Ordinal);
        var (status, made) = await SendAsync(token, HttpMethod.Post, "", strict);
        Assert.True(status == HttpStatusCode.Created, made.ToString());
        Assert.False(made.TryGetProperty("client_secret", out _));
        Assert.Equal(0, made.GetProperty("unmet_fapi_2_0").GetArrayLength());
        var path = $"/{made.GetProperty("client_id").GetString()}";

        var (_, rotated) = await SendAsync(token, HttpMethod.Put, path, strict.Replace(KeyNamed("one"), KeyNamed("two"), StringComparison.Ordinal));
        Assert.Equal("two", rotated.GetProperty("registration").GetProperty("jwks").GetProperty("keys")[0].GetProperty("kid").GetString());
        Assert.False(rotated.TryGetProperty("proposed", out _));
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(token, HttpMethod.Put, path, strict.Replace("\"kty\"", "\"d\": \"AAAA\", \"kty\"", StringComparison.Ordinal))).Status);
        Assert.Equal("no_secret", (await SendAsync(token, HttpMethod.Post, path + "/secret", "{}")).Body.GetProperty("code").GetString());
    }

    /// <summary>The example key of RFC 7517, A.1.</summary>
    private static string KeyNamed(string name) => $$"""
        {"keys":[{"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","kid":"{{name}}"}]}
        """.Trim();

    [Fact]
    public async Task It_takes_a_developers_token_and_no_other()
    {
        using var nobody = await server.Http.GetAsync(new Uri("/api/clients", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, nobody.StatusCode);

        using var developer = await Portal.DeveloperAsync(server);
        var without = await server.CodeFlowAsync(developer, OidcServer.Native, "openid profile");
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(without.AccessToken, HttpMethod.Get, "")).Status);

        using var unverified = await server.SignedInAsync();
        var low = await server.CodeFlowAsync(unverified, OidcServer.Native, "openid clients");
        Assert.Equal("not_a_developer", (await SendAsync(low.AccessToken, HttpMethod.Get, "")).Body.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Another_developers_client_is_not_there()
    {
        var (_, made) = await SendAsync(await TokenAsync(), HttpMethod.Post, "", Valid);
        var id = made.GetProperty("client_id").GetString();
        var other = await TokenAsync();
        foreach (var (method, path, body) in new[] { (HttpMethod.Get, "", null), (HttpMethod.Put, "", Valid), (HttpMethod.Delete, "", null), (HttpMethod.Post, "/secret", "{}"), (HttpMethod.Post, "/review", null), (HttpMethod.Get, "/failures", null) })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await SendAsync(other, method, $"/{id}{path}", body)).Status);
        }
    }

    [Fact]
    public async Task The_OpenAPI_document_describes_it()
    {
        var document = await server.Http.GetFromJsonAsync<JsonElement>("/openapi/v1.json", TestContext.Current.CancellationToken);
        var paths = document.GetProperty("paths").EnumerateObject().Select(path => path.Name).ToArray();
        string[] promised = ["/api/clients", "/api/clients/{id}", "/api/clients/{id}/secret", "/api/clients/{id}/review", "/api/clients/{id}/failures"];
        Assert.Empty(promised.Except(paths));
    }

    private async Task<string> TokenAsync()
    {
        using var developer = await Portal.DeveloperAsync(server);
        return (await server.CodeFlowAsync(developer, OidcServer.Native, "openid clients")).AccessToken;
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(string token, HttpMethod method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(method, "/api/clients" + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json");
        using var answer = await server.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text));
    }
}
