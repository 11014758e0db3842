using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Identity.Server.Clients;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>RFC 7591: programs register their clients, by staff's leave and not otherwise.</summary>
[Collection(Protocols.Name)]
public sealed class Rfc7591RegistrationTests(ProtocolServer protocols)
{
    private readonly OidcServer server = protocols.Oidc;

    [Fact]
    public async Task A_client_that_registers_itself_signs_people_in_at_once()
    {
        var (status, client) = await RegisterAsync(await PermissionAsync(), A());
        Assert.Equal(HttpStatusCode.Created, status);
        var (id, secret) = (client["client_id"]!.GetValue<string>(), client["client_secret"]!.GetValue<string>());
        Assert.Equal(0, client["client_secret_expires_at"]!.GetValue<long>());
        Assert.Equal("https://rp.example/callback", client["redirect_uris"]![0]!.GetValue<string>());
        using var browser = await server.SignedInAsync();
        var request = server.Request(OidcServer.Hr, "openid").With("client_id", id).With("redirect_uri", "https://rp.example/callback");
        var code = await request.CodeAsync(browser);
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = "https://rp.example/callback",
            ["code_verifier"] = request.Verifier,
            ["client_id"] = id,
            ["client_secret"] = secret,
        });
        using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(id, (await Tokens.ReadAsync(answer)).IdClaims.GetProperty("aud").GetString());
    }

    [Fact]
    public async Task A_client_may_register_keys_PAR_and_DPoP()
    {
        using var signer = new Signer();
        var (status, client) = await RegisterAsync(await PermissionAsync(), A(metadata =>
        {
            metadata["token_endpoint_auth_method"] = "private_key_jwt";
            metadata["jwks"] = JsonNode.Parse(Signer.Jwks(signer));
            metadata["require_pushed_authorization_requests"] = true;
            metadata["dpop_bound_access_tokens"] = true;
        }));
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.False(client.ContainsKey("client_secret"));
        var id = client["client_id"]!.GetValue<string>();
        using var form = new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["token"] = "x",
            ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ["client_assertion"] = signer.Assertion(id, server.Issuer),
        });
        using var answer = await server.Http.PostAsync(new Uri("/connect/revoke", UriKind.Relative), form, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var browser = await server.SignedInAsync();
        Assert.Equal("invalid_request", (await server.Request(OidcServer.Hr, "openid").With("client_id", id).With("redirect_uri", "https://rp.example/callback").AnswerAsync(browser))["error"]);
    }

    [Fact]
    public async Task A_client_may_name_the_address_of_its_keys_and_partners_for_token_exchange()
    {
        var (status, client) = await RegisterAsync(await PermissionAsync(), A(metadata =>
        {
            metadata["token_endpoint_auth_method"] = "private_key_jwt";
            metadata["jwks_uri"] = "https://rp.example/jwks";
            metadata["grant_types"] = new JsonArray("authorization_code", "urn:ietf:params:oauth:grant-type:token-exchange");
            metadata["exchanges_for"] = new JsonArray("portal-hr");
            metadata["exchanges_from"] = new JsonArray("portal-tax");
        }));
        Assert.True(status == HttpStatusCode.Created, client.ToJsonString());
        Assert.Equal("https://rp.example/jwks", client["jwks_uri"]!.GetValue<string>());
        Assert.Equal("private_key_jwt", client["token_endpoint_auth_method"]!.GetValue<string>());
        Assert.False(client.ContainsKey("jwks"));
        Assert.Equal(["portal-hr"], client["exchanges_for"]!.AsArray().Select(id => id!.GetValue<string>()));
        Assert.Contains("urn:ietf:params:oauth:grant-type:token-exchange", client["grant_types"]!.AsArray().Select(grant => grant!.GetValue<string>()));
    }

    [Theory]
    [InlineData("http://rp.example/jwks")]
    [InlineData("http://localhost/jwks")]
    [InlineData("https://user@rp.example/jwks")]
    [InlineData("file:///etc/passwd")]
    [InlineData("")]
    public async Task Keys_are_fetched_by_HTTPS_alone(string address)
    {
        var (status, answer) = await RegisterAsync(await PermissionAsync(), A(metadata => (metadata["token_endpoint_auth_method"], metadata["jwks_uri"]) = ("private_key_jwt", address)));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_client_metadata"), (status, answer["error"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Keys_and_their_address_together_are_refused_2()
    {
        using var signer = new Signer();
        var (status, answer) = await RegisterAsync(await PermissionAsync(), A(metadata =>
            (metadata["token_endpoint_auth_method"], metadata["jwks_uri"], metadata["jwks"]) = ("private_key_jwt", "https://rp.example/jwks", JsonNode.Parse(Signer.Jwks(signer)))));
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_client_metadata"), (status, answer["error"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("sandbox-initial-access-token")]
    public async Task Without_staffs_leave_nobody_registers(string? token) =>
        Assert.Equal(HttpStatusCode.Unauthorized, (await RegisterAsync(token, A())).Status);

    [Fact]
    public async Task Leave_is_for_so_many_clients_and_no_more_also_at_the_same_moment()
    {
        var permission = await PermissionAsync(uses: 2);
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => RegisterAsync(permission, A())));
        Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.Created));
        Assert.Equal(4, answers.Count(answer => answer.Status == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public async Task Leave_that_has_run_out_or_was_taken_back_is_none()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await RegisterAsync(await PermissionAsync(life: TimeSpan.FromSeconds(-1)), A())).Status);
        var (id, token) = await server.Server.AskAsync<InitialAccessTokens, (Guid, string)>(tokens => tokens.IssueAsync("test", 5, TimeSpan.FromDays(1), "test", skipsReview: false, CancellationToken.None));
        await server.Server.AskAsync<InitialAccessTokens, bool>(async tokens =>
        {
            await tokens.EndAsync(id, "test", CancellationToken.None);
            return true;
        });
        Assert.Equal(HttpStatusCode.Unauthorized, (await RegisterAsync(token, A())).Status);
    }

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "redirect_uris", "[\"http://rp.example/callback\"]", "invalid_redirect_uri" },
        { "redirect_uris", "[\"https://rp.example/*\"]", "invalid_redirect_uri" },
        { "redirect_uris", "[\"https://rp.example/callback#x\"]", "invalid_redirect_uri" },
        { "redirect_uris", "[\"javascript:alert(1)\"]", "invalid_redirect_uri" },
        { "redirect_uris", "[]", "invalid_client_metadata" },
        { "redirect_uris", "\"https://rp.example/callback\"", "invalid_client_metadata" },
        { "grant_types", "[\"password\"]", "invalid_client_metadata" },
        { "grant_types", "[\"implicit\"]", "invalid_client_metadata" },
        { "response_types", "[\"token\"]", "invalid_client_metadata" },
        { "token_endpoint_auth_method", "\"client_secret_jwt\"", "invalid_client_metadata" },
        { "token_endpoint_auth_method", "\"private_key_jwt\"", "invalid_client_metadata" },
        { "jwks_uri", "\"http://169.254.169.254/keys\"", "invalid_client_metadata" },
        { "jwks", "{\"keys\":[]}", "invalid_client_metadata" },
        { "exchanges_for", "[\"not a client id\"]", "invalid_client_metadata" },
        { "grant_types", "[\"authorization_code\",\"urn:ietf:params:oauth:grant-type:token-exchange\"]", "invalid_client_metadata" },
        { "scope", "\"openid admin\"", "invalid_client_metadata" },
        { "client_name", "\"\"", "invalid_client_metadata" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public async Task What_cannot_be_registered_is_refused_and_uses_nothing_up_3_2_2(string name, string value, string error)
    {
        var permission = await PermissionAsync();
        var (status, answer) = await RegisterAsync(permission, A(metadata => metadata[name] = JsonNode.Parse(value)));
        Assert.Equal((HttpStatusCode.BadRequest, error), (status, answer["error"]!.GetValue<string>()));
        Assert.Equal(HttpStatusCode.Created, (await RegisterAsync(permission, A())).Status);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("x")]
    [InlineData("{\"client_name\":\"a\",\"client_name\":\"b\"}")]
    public async Task A_body_that_is_no_metadata_is_refused(string body)
    {
        var (status, answer) = await RegisterAsync(await PermissionAsync(), body);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_client_metadata"), (status, answer["error"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Nobody_gives_himself_what_only_configuration_gives_and_unknown_members_are_passed_over()
    {
        var (status, client) = await RegisterAsync(await PermissionAsync(), A(metadata =>
        {
            metadata["Wallet"] = true;
            metadata["Staff"] = true;
            metadata["made_up"] = 1;
            metadata["client_id"] = OidcServer.Hr;
        }));
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.NotEqual(OidcServer.Hr, client["client_id"]!.GetValue<string>());
        Assert.False(client.ContainsKey("Wallet"));
    }

    private static string A(Action<JsonObject>? change = null)
    {
        var metadata = new JsonObject { ["client_name"] = "测试应用", ["redirect_uris"] = new JsonArray("https://rp.example/callback"), ["scope"] = "openid" };
        change?.Invoke(metadata);
        return metadata.ToJsonString();
    }

    private async Task<string> PermissionAsync(int uses = 1, TimeSpan? life = null) =>
        (await server.Server.AskAsync<InitialAccessTokens, (Guid Id, string Token)>(tokens => tokens.IssueAsync("test", uses, life ?? TimeSpan.FromDays(1), "test", skipsReview: false, CancellationToken.None))).Token;

    private async Task<(HttpStatusCode Status, JsonObject Answer)> RegisterAsync(string? token, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/register") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (token is { Length: > 0 })
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject());
    }
}
