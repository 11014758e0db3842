using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Identity.Server.Connect.Keys;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>
/// The code flow by the short way (<c>IssueCode</c>, <c>RedeemCode</c>) against the engine. A parameter that nobody knows is ignored, as
/// OAuth asks, and sends the same request the long way. What went the short way is known by its row's id: the engine numbers otherwise.
/// </summary>
public sealed class CodeShortWayTests(CodeShortWayTests.Host host) : IClassFixture<CodeShortWayTests.Host>
{
    private const string Secret = "code-test-secret";
    private const int Short = 7;
    private const int Long = 4;

    private readonly OidcServer _server = host.Server;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Clients => ["secret", "basic", "key", "public", "rsa"];

    [Theory]
    [MemberData(nameof(Clients))]
    public async Task What_both_ways_give_for_a_code_is_alike(string client)
    {
        var browser = host.Browser;
        var quick = await FlowAsync(browser, client, Short, Short);
        var engine = await FlowAsync(browser, client, Long, Long);

        // The code: where it is sent, what stands in its row and in what the row seals.
        Assert.Equal(Headers(engine.Redirect, engine), Headers(quick.Redirect, quick));
        Assert.Equal(Shape(engine.CodeRow), Shape(quick.CodeRow));
        Assert.Equal(await OpenAsync(engine.CodeRow.Payload!, engine), await OpenAsync(quick.CodeRow.Payload!, quick));

        // What it is redeemed for.
        Assert.Equal(Headers(engine.Answer, engine), Headers(quick.Answer, quick));
        Assert.Equal(Names(engine.Body), Names(quick.Body));
        Assert.Equal("openid profile", quick.Body.GetProperty("scope").GetString());
        Assert.Equal(engine.Body.GetProperty("token_type").GetString(), quick.Body.GetProperty("token_type").GetString());
        Assert.InRange(quick.Body.GetProperty("expires_in").GetInt64() - engine.Body.GetProperty("expires_in").GetInt64(), 0, 1);
        Assert.Equal(Shape(engine.TokenRow), Shape(quick.TokenRow));
        foreach (var token in (string[])["access_token", "id_token"])
        {
            Assert.Equal(Shape(engine.Token(token), 0), Shape(quick.Token(token), 0));
            Assert.Equal(Shape(engine.Token(token), 1), Shape(quick.Token(token), 1));
            await VerifyAsync(quick.Token(token));
        }

        Assert.Equal(HashOf(quick.Token("access_token")), Tokens.ClaimsOf(quick.Token("id_token")).GetProperty("at_hash").GetString());
        using var userInfo = await _server.UserInfoAsync(quick.Token("access_token"));
        Assert.Equal(HttpStatusCode.OK, userInfo.StatusCode);
    }

    [Theory]
    [InlineData(Short, Long)]
    [InlineData(Long, Short)]
    public async Task Either_way_redeems_what_the_other_gave(int given, int redeemed)
    {
        var browser = host.Browser;
        var mixed = await FlowAsync(browser, "secret", given, redeemed);
        Assert.Equal(2, new[] { mixed.CodeRow.Id.Version, mixed.TokenRow.Id.Version }.Distinct().Count());
        Assert.Equal("redeemed", mixed.CodeRow.Status);
    }

    [Fact]
    public async Task Claims_that_the_request_wants_in_the_identity_token_are_in_it_either_way()
    {
        Assert.True(DocumentNumber.TryParse(DocumentType.HkMacaoPermit, "H10000019", DateOnly.MaxValue, out var number) || DocumentNumber.TryParse(DocumentType.HkMacaoPermit, "H10000001", DateOnly.MaxValue, out number));
        var person = await _server.Server.AskAsync<FindOrAddPerson, Guid>(add => add.HandleAsync(number, "张小敏", [new(EvidenceMethod.RegisterMatch, "test")], Cancellation));
        using var browser = await _server.SignedInAsync(await _server.Server.AddAccountAsync(personId: person));
        var wanted = KeyValuePair.Create("claims", """{"id_token":{"name":null}}""");
        var quick = await FlowAsync(browser, "secret", Long, Short, wanted);
        var engine = await FlowAsync(browser, "secret", Long, Long, wanted);
        Assert.Equal("张小敏", Tokens.ClaimsOf(quick.Token("id_token")).GetProperty("name").GetString());
        Assert.Equal(Shape(engine.Token("id_token"), 1), Shape(quick.Token("id_token"), 1));
    }

    public static TheoryData<string, string> UnusualRequests => new()
    {
        { "prompt", "none" },
        { "prompt", "login" },
        { "max_age", "3600" },
        { "max_age", "-1" },
        { "acr_values", "urn:onecode:loa:2" },
        { "response_mode", "form_post" },
        { "response_mode", "query" },
        { "scope", "profile" },
        { "scope", "openid credentials" },
        { "scope", "openid unheard-of" },
        { "response_type", "token" },
        { "code_challenge", "short" },
        { "code_challenge_method", "plain" },
        { "redirect_uri", "https://secret.example/elsewhere" },
        { "client_id", "nobody" },
        { "client_id", "public" },
        { "nonce", "with a space" },
        { "state", "三" },
        { "resource", "https://elsewhere.example" },
        { "request_uri", "urn:ietf:params:oauth:request_uri:none" },
        { "dpop_jkt", "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I" },
    };

    [Theory]
    [MemberData(nameof(UnusualRequests))]
    public async Task What_the_engine_answers_to_an_unusual_request_is_the_answer(string parameter, string value)
    {
        var browser = host.Browser;
        var quick = await SaidAsync(browser, Request("secret").With(parameter, value));
        Assert.Equal(await SaidAsync(browser, Request("secret").With(parameter, value).With("nobody_knows", "1")), quick);
    }

    [Fact]
    public async Task Without_an_open_session_the_person_is_asked_to_sign_in()
    {
        using var browser = await _server.SignedInAsync();
        using var signedOut = await browser.SubmitAsync("/sign-out", new Dictionary<string, string>());
        using var answer = await browser.GetAsync(Request("secret").Url);
        Assert.Contains("/sign-in?", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
    }

    public static TheoryData<string, string?> Refusals => new()
    {
        { "code", "no-code-of-ours" },
        { "code", "" },
        { "code_verifier", "wrong-but-long-enough-to-be-a-verifier-of-43-characters" },
        { "code_verifier", "short" },
        { "code_verifier", null },
        { "redirect_uri", "https://secret.example/elsewhere" },
        { "redirect_uri", null },
        { "client_secret", "not the secret" },
        { "client_secret", null },
        { "client_id", "rsa" },
        { "client_id", "public" },
        { "client_id", "nobody" },
        { "grant_type", "AUTHORIZATION_CODE" },
        { "grant_type", "client_credentials" },
        { "resource", "https://elsewhere.example" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task A_code_is_refused_with_the_same_words_either_way(string parameter, string? value)
    {
        var browser = host.Browser;
        var said = new List<(HttpStatusCode, string?, string?)>();
        foreach (var way in (int[])[Short, Long])
        {
            var request = Request("secret");
            var form = Form("secret", request, await request.CodeAsync(browser), way);
            _ = value is null ? form.Remove(parameter) : (form[parameter] = value) is null;
            using var answer = await SendAsync("secret", form);
            said.Add(await SaidAsync(answer));
        }

        Assert.NotEqual(HttpStatusCode.OK, said[0].Item1);
        Assert.Equal(said[1], said[0]);
    }

    [Theory]
    [InlineData(Short, Short)]
    [InlineData(Short, Long)]
    [InlineData(Long, Short)]
    public async Task A_code_works_once_and_its_replay_ends_what_it_gave(int first, int second)
    {
        var browser = host.Browser;
        var request = Request("secret");
        var code = await request.CodeAsync(browser);
        using var good = await SendAsync("secret", Form("secret", request, code, first));
        var token = (await Tokens.ReadAsync(good)).AccessToken;
        Assert.Equal(first, (await RowAsync(token)).Id.Version);
        using var replayed = await SendAsync("secret", Form("secret", request, code, second));
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(replayed));
        Assert.Equal("revoked", (await RowAsync(token)).Status);
        using var userInfo = await _server.UserInfoAsync(token);
        Assert.Equal(HttpStatusCode.Unauthorized, userInfo.StatusCode);
    }

    [Fact]
    public async Task A_used_assertion_redeems_no_code_and_leaves_it_good()
    {
        var browser = host.Browser;
        var request = Request("key");
        var form = Form("key", request, await request.CodeAsync(browser), Short);
        using var spent = await SendAsync("key", new() { ["grant_type"] = "client_credentials", ["client_id"] = "key", ["client_assertion"] = form["client_assertion"], ["client_assertion_type"] = form["client_assertion_type"] });
        Assert.Equal(HttpStatusCode.OK, spent.StatusCode);

        // Beside others that are good: they are not held up by it.
        var others = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => FlowAsync(browser, "key", Short, Short)).Cast<Task>().Append(RefusedAsync()).Select(async task => { await task; return true; }));
        Assert.Equal(4, others.Length);
        form["client_assertion"] = host.Signer.Assertion("key", _server.Issuer);
        using var good = await SendAsync("key", form);
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);

        async Task RefusedAsync()
        {
            using var refused = await SendAsync("key", form);
            Assert.Equal("invalid_client", await OidcServer.ErrorOfAsync(refused));
        }
    }

    [Fact]
    public async Task A_code_of_a_session_that_has_ended_is_refused()
    {
        using var browser = await _server.SignedInAsync();
        var request = Request("secret");
        var code = await request.CodeAsync(browser);
        using var signedOut = await browser.SubmitAsync("/sign-out", new Dictionary<string, string>());
        using var answer = await SendAsync("secret", Form("secret", request, code, Short));
        Assert.Equal("invalid_grant", await OidcServer.ErrorOfAsync(answer));
    }

    [Theory]
    [InlineData("Permissions", "[\"ept:token\",\"ept:authorization\",\"gt:authorization_code\",\"rst:code\"]")]
    [InlineData("RedirectUris", "[\"https://losing.example/another\"]")]
    public async Task What_another_node_took_away_from_a_client_counts_at_once(string column, string value)
    {
        var browser = host.Browser;
        Assert.Equal(HttpStatusCode.Redirect, (await SaidAsync(browser, Request("losing"))).Status);
        var before = await _server.Server.AskAsync<ServerDbContext, OidcClient>(db => db.Set<OidcClient>().AsNoTracking().SingleAsync(client => client.ClientId == "losing", Cancellation));
        await SetAsync(column == "Permissions" ? value : before.Permissions!, column == "Permissions" ? before.RedirectUris! : value);
        var quick = await SaidAsync(browser, Request("losing"));
        Assert.DoesNotContain("code ", quick.Said, StringComparison.Ordinal);
        Assert.Equal(await SaidAsync(browser, Request("losing").With("nobody_knows", "1")), quick);
        await SetAsync(before.Permissions!, before.RedirectUris!);

        Task<int> SetAsync(string permissions, string uris) => _server.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcClient>().Where(client => client.ClientId == "losing")
            .ExecuteUpdateAsync(set => set.SetProperty(client => client.Permissions, permissions).SetProperty(client => client.RedirectUris, uris), Cancellation));
    }

    /// <summary>Many at once, of one code and of several, at two nodes and by both ways.</summary>
    internal static async Task OfOneCodeOneCountsAsync(OidcServer[] nodes, Func<AuthorizationRequest, string, int, Dictionary<string, string>> form, string client)
    {
        // A session each: a replay ends all that its session's grant gave, also another code of it that nobody has redeemed yet.
        var browsers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => nodes[0].SignedInAsync()));
        for (var round = 0; round < 3; round++)
        {
            var requests = Enumerable.Range(0, 4).Select(_ => nodes[0].Request(client)).ToArray();
            var codes = await Task.WhenAll(requests.Zip(browsers, (request, browser) => request.CodeAsync(browser)));
            var answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
            {
                using var message = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new FormUrlEncodedContent(form(requests[i % 4], codes[i % 4], i % 3 == 0 ? Long : Short)) };
                message.Headers.Host = nodes[0].Server.Login.Authority;
                using var answer = await nodes[i / 4 % nodes.Length].Http.SendAsync(message, Cancellation);
                return (Code: i % 4, answer.StatusCode);
            }));
            foreach (var code in answers.GroupBy(answer => answer.Code))
            {
                Assert.Equal(1, code.Count(answer => answer.StatusCode == HttpStatusCode.OK));
                Assert.Equal(5, code.Count(answer => answer.StatusCode == HttpStatusCode.BadRequest));
            }
        }

        Array.ForEach(browsers, browser => browser.Dispose());
    }

    [Fact]
    public Task Of_one_code_sent_by_many_at_once_one_counts() => OfOneCodeOneCountsAsync([_server], (request, code, way) => Form("secret", request, code, way), "secret");

    private AuthorizationRequest Request(string client) => _server.Request(client == "basic" ? "secret" : client);

    private Dictionary<string, string> Form(string client, AuthorizationRequest request, string code, int way)
    {
        var form = FormOf(request, code, way);
        switch (client)
        {
            case "basic":
                form.Remove("client_id");
                break;
            case "key":
                form["client_assertion"] = host.Signer.Assertion(client, _server.Issuer);
                form["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
                break;
            case not "public":
                form["client_secret"] = Secret;
                break;
        }

        return form;
    }

    internal static Dictionary<string, string> FormOf(AuthorizationRequest request, string code, int way)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = request.Parameters["redirect_uri"]!,
            ["code_verifier"] = request.Verifier,
            ["client_id"] = request.ClientId,
        };
        if (way == Long)
        {
            form["nobody_knows"] = "1";
        }

        return form;
    }

    private async Task<HttpResponseMessage> SendAsync(string client, Dictionary<string, string> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token") { Content = new FormUrlEncodedContent(form) };
        if (client == "basic")
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes($"secret:{Secret}")));
        }

        return await _server.Http.SendAsync(request, Cancellation);
    }

    /// <summary>A whole flow; each half must have gone the way that it was sent.</summary>
    private async Task<Flow> FlowAsync(Browser browser, string client, int given, int redeemed, params KeyValuePair<string, string>[] more)
    {
        var request = Request(client).With("nobody_knows", given == Long ? "1" : null);
        foreach (var (name, value) in more)
        {
            request.With(name, value);
        }

        var redirect = await browser.GetAsync(request.Url);
        var code = QueryHelpers.ParseQuery(redirect.Headers.Location!.Query)["code"].ToString();
        var answer = await SendAsync(client, Form(client, request, code, redeemed));
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        Assert.True(answer.IsSuccessStatusCode, text);
        var body = JsonDocument.Parse(text).RootElement;
        var reference = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(code)));
        var codeRow = await _server.Server.AskAsync<ServerDbContext, OidcToken>(db => db.Set<OidcToken>().AsNoTracking()
            .Include(entry => entry.Application).Include(entry => entry.Authorization).SingleAsync(entry => entry.ReferenceId == reference, Cancellation));
        var flow = new Flow(request, code, redirect, answer, body, codeRow, await RowAsync(body.GetProperty("access_token").GetString()!));
        Assert.Equal((given, redeemed), (flow.CodeRow.Id.Version, flow.TokenRow.Id.Version));
        return flow;
    }

    private Task<OidcToken> RowAsync(string accessToken)
    {
        var id = Tokens.ClaimsOf(accessToken).GetProperty("oi_tkn_id").GetGuid();
        return _server.Server.AskAsync<ServerDbContext, OidcToken>(db => db.Set<OidcToken>().AsNoTracking()
            .Include(entry => entry.Application).Include(entry => entry.Authorization).SingleAsync(entry => entry.Id == id, Cancellation));
    }

    /// <summary>What a row of the token table seals: its headers and claims, without what differs from one to the next.</summary>
    private async Task<string> OpenAsync(string payload, Flow flow)
    {
        var own = await _server.Server.AskAsync<OidcKeyRing, RingKey>(ring => Task.FromResult(ring.Active(OidcKeyUse.Own)));
        var read = await new JsonWebTokenHandler().ValidateTokenAsync(payload, new TokenValidationParameters
        {
            IssuerSigningKey = own.Signing.Key,
            TokenDecryptionKey = own.Encrypting!.Key,
            ValidateAudience = false,
            ValidateIssuer = false,
            ValidateLifetime = false,
        });
        Assert.True(read.IsValid, read.Exception?.Message);
        var inner = ((JsonWebToken)read.SecurityToken).InnerToken;
        return $"{Shape(payload, 0)}\n{Shape(inner.EncodedToken, 0)}\n{Shape(inner.EncodedToken, 1)}".Replace(flow.Request.Parameters["code_challenge"]!, "challenge", StringComparison.Ordinal);
    }

    /// <summary>As an application does it: with a key that is published.</summary>
    private async Task VerifyAsync(string token)
    {
        var keys = new JsonWebKeySet(await _server.Http.GetStringAsync(new Uri("/.well-known/jwks", UriKind.Relative), Cancellation));
        var read = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters { IssuerSigningKeys = keys.GetSigningKeys(), ValidIssuer = _server.Issuer, ValidateAudience = false });
        Assert.True(read.IsValid, read.Exception?.Message);
    }

    private static async Task<(HttpStatusCode Status, string Said)> SaidAsync(Browser browser, AuthorizationRequest request)
    {
        using var answer = await browser.GetAsync(request.Url);
        if (answer.Headers.Location is not { } location)
        {
            return (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType ?? "");
        }

        // Where to, with which parameters; what the error says in words. Codes and marks differ each time.
        var text = location.OriginalString.Split('?', 2);
        var parameters = QueryHelpers.ParseQuery(text.Length > 1 ? text[1] : "");
        return (answer.StatusCode, $"{text[0]} {string.Join(' ', parameters.Keys.Where(name => name != "nobody_knows"))} {parameters.GetValueOrDefault("error")} {parameters.GetValueOrDefault("error_description")} {parameters.GetValueOrDefault("state")}");
    }

    private static async Task<(HttpStatusCode Status, string? Error, string? Description)> SaidAsync(HttpResponseMessage answer)
    {
        var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancellation)).RootElement;
        return (answer.StatusCode, body.TryGetProperty("error", out var error) ? error.GetString() : null, body.TryGetProperty("error_description", out var description) ? description.GetString() : null);
    }

    private static string HashOf(string accessToken) => Base64Url.EncodeToString(System.Security.Cryptography.SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16));

    private static string Headers(HttpResponseMessage answer, Flow flow) => $"{(int)answer.StatusCode}\n" + string.Join('\n', answer.Headers.Concat(answer.Content.Headers)
        .Where(header => header.Key is not ("Date" or "Content-Length"))
        .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order(StringComparer.Ordinal)).Replace(flow.Code, "code", StringComparison.Ordinal);

    private static string Names(JsonElement body) => string.Join(' ', body.EnumerateObject().Select(member => member.Name).Order(StringComparer.Ordinal));

    /// <summary>Header or claims of a token, without what differs from one to the next.</summary>
    private static string Shape(string token, int part) => string.Join('\n', JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[part])).RootElement
        .EnumerateObject().Select(member => member.Name is "exp" or "iat" or "jti" or "oi_tkn_id" or "at_hash" ? member.Name + " " + member.Value.ValueKind
            : member.Value.ValueKind == JsonValueKind.Object ? member.Name + " " + string.Join(' ', member.Value.EnumerateObject().Select(inner => inner.ToString()).Order(StringComparer.Ordinal))
            : member.ToString()).Order(StringComparer.Ordinal));

    private static string Shape(OidcToken row) => string.Join('\n',
        row.Application?.ClientId, row.Authorization?.Id, row.ConcurrencyToken is { Length: 36 }, (row.ExpirationDate - row.CreationDate)!.Value.TotalSeconds,
        row.Payload is null, row.Properties, row.RedemptionDate is null, row.ReferenceId?.Length, row.Status, row.Subject, row.Type);

    private sealed record Flow(AuthorizationRequest Request, string Code, HttpResponseMessage Redirect, HttpResponseMessage Answer, JsonElement Body, OidcToken CodeRow, OidcToken TokenRow)
    {
        public string Token(string name) => Body.GetProperty(name).GetString()!;
    }

    /// <summary>Confidential clients by secret and by key, one that reads RS256, a public one. Their secrets have been found right once: only then do they go the short way.</summary>
    public sealed class Host : IAsyncLifetime
    {
        public Host()
        {
            var settings = new Dictionary<string, string?>();
            foreach (var id in (string[])["secret", "key", "public", "rsa", "losing"])
            {
                settings[$"Clients:{id}:Name"] = "By " + id;
                settings[$"Clients:{id}:RedirectUris:0"] = $"https://{id}.example/callback";
                settings[$"Clients:{id}:Scopes:0"] = "openid";
                settings[$"Clients:{id}:Scopes:1"] = "profile";
                if (id is not ("key" or "public"))
                {
                    settings[$"Clients:{id}:Secret"] = Secret;
                }
            }

            settings["Clients:key:Jwks"] = Signer.Jwks(Signer);
            settings["Clients:key:ClientCredentials"] = "true";
            settings["Clients:rsa:IdTokenAlgorithm"] = "RS256";
            Server = new OidcServer(settings);
        }

        internal Signer Signer { get; } = new();

        internal OidcServer Server { get; }

        /// <summary>Somebody signed in; who wants to sign out takes another.</summary>
        internal Browser Browser { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            await Server.InitializeAsync();
            foreach (var client in (string[])["secret", "rsa", "losing"])
            {
                using var content = new FormUrlEncodedContent(new Dictionary<string, string> { ["grant_type"] = "client_credentials", ["client_id"] = client, ["client_secret"] = Secret });
                using var first = await Server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), content, Cancellation);
            }

            Browser = await Server.SignedInAsync();
        }

        public async ValueTask DisposeAsync()
        {
            Browser.Dispose();
            await Server.DisposeAsync();
            Signer.Dispose();
        }
    }
}

/// <summary>The same race at two nodes with one database, where no queue in the process is in front of the rows.</summary>
public sealed class CodeShortWayNodesTests(PostgresServer postgres)
{
    [Fact]
    public async Task Of_one_code_sent_to_two_nodes_at_once_one_counts()
    {
        var settings = await postgres.SettingsAsync("Postgres");
        settings["Clients:public:Name"] = "Public";
        settings["Clients:public:RedirectUris:0"] = "https://public.example/callback";
        settings["Clients:public:Scopes:0"] = "openid";
        settings["Clients:public:Scopes:1"] = "profile";
        await using var first = new OidcServer(settings);
        await first.InitializeAsync();
        // The second node has the same keys, the same database and the same name.
        await using var second = new OidcServer(new(settings) { ["Trust:KeyFolder"] = Path.Combine(first.Server.Directory, "keys"), ["Origins:Login"] = first.Issuer });
        await second.InitializeAsync();
        await CodeShortWayTests.OfOneCodeOneCountsAsync([first, second], CodeShortWayTests.FormOf, "public");
    }
}
