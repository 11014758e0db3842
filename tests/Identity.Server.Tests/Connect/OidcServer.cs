using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Web;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Sandbox;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>The server with the Sandbox's clients, and what a relying party does, step by step.</summary>
public sealed class OidcServer : IAsyncLifetime
{
    public const string Hr = "portal-hr";
    public const string Tax = "portal-tax";
    public const string Wallet = "wallet";
    public const string Native = "native-test";
    public const string Machine = "machine-test";

    private readonly HttpClientHandler handler = new() { AllowAutoRedirect = false, UseCookies = false, CheckCertificateRevocationList = true };

    public OidcServer()
        : this([])
    {
    }

    internal OidcServer(Dictionary<string, string?> settings, Action<IServiceCollection>? services = null)
    {
        // Where the portals would be nobody listens, unless a test does.
        var hr = new Uri("http://localhost:9");
        var all = new Dictionary<string, string?>();
        Server = new TheServer(all, services);
        foreach (var (name, value) in SandboxClients.For(new Addresses(Server.Login, hr, new Uri("http://localhost:19"), Server.Wallet, Server.Verifier, Server.Console, hr)).Concat(settings))
        {
            all[name] = value;
        }

        // Most tests here are about something else and speak Bearer; Rfc9449DpopTests and the browsers hold clients to DPoP.
        if (!settings.ContainsKey("Clients:wallet:RequiresDpop"))
        {
            all["Clients:wallet:RequiresDpop"] = "false";
        }

        // The same of consent: ConsentTests says of its clients that they ask.
        foreach (var client in all.Keys.Where(name => name.StartsWith("Clients:", StringComparison.Ordinal)).Select(name => name.Split(':')[1]).Distinct().ToArray())
        {
            if (!settings.ContainsKey($"Clients:{client}:LegalGround"))
            {
                all[$"Clients:{client}:LegalGround"] = "Tests of something else";
            }
        }

        Http = new HttpClient(handler) { BaseAddress = Server.Login };
    }

    internal TheServer Server { get; }

    /// <summary>The relying party's own line to the server: no cookies, no redirects.</summary>
    internal HttpClient Http { get; }

    internal string Issuer => Origins.TextOf(Server.Login);

    public ValueTask InitializeAsync() => Server.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        handler.Dispose();
        await Server.DisposeAsync();
    }

    internal string RedirectUriOf(string clientId) => clientId switch
    {
        Hr => "http://localhost:9/signin-oidc",
        Tax => "http://localhost:19/signin-oidc",
        Wallet => Origins.TextOf(Server.Wallet) + "/",
        Native => "http://127.0.0.1:45678/callback",
        _ => $"https://{clientId}.example/callback",
    };

    internal static string? SecretOf(string clientId) => clientId switch
    {
        Hr => SandboxClients.SocialSecuritySecret,
        Tax => SandboxClients.TaxSecret,
        Machine => "machine-test-secret",
        "gate-test" => "gate-test-secret",
        ProtocolServer.Pushing => "pushing-test-secret",
        "strict" or "library" or "duty" => $"{clientId}-test-secret",
        Conformance.ConformanceServer.Basic or Conformance.ConformanceServer.Second or Conformance.ConformanceServer.Rsa => clientId + "-secret",
        _ => null,
    };

    /// <summary>A browser in which somebody new is signed in.</summary>
    internal async Task<Browser> SignedInAsync(string? name = null)
    {
        var browser = Server.OpenBrowser();
        using var answer = await browser.SignInAsync(name ?? await Server.AddAccountAsync());
        Assert.Equal(System.Net.HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    /// <summary>A valid request; a test changes one thing.</summary>
    internal AuthorizationRequest Request(string clientId = Hr, string scope = "openid profile") => new(this, clientId, scope);

    internal Task<HttpResponseMessage> TokenAsync(string clientId, IReadOnlyDictionary<string, string> form) => PostAsync("/connect/token", clientId, form);

    internal async Task<HttpResponseMessage> PostAsync(string path, string clientId, IReadOnlyDictionary<string, string> form)
    {
        var all = new Dictionary<string, string>(form);
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (SecretOf(clientId) is { } secret)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{clientId}:{secret}")));
        }
        else
        {
            all["client_id"] = clientId;
        }

        request.Content = new FormUrlEncodedContent(all);
        return await Http.SendAsync(request);
    }

    /// <summary>The whole code flow.</summary>
    internal async Task<Tokens> CodeFlowAsync(Browser browser, string clientId = Hr, string scope = "openid profile")
    {
        var request = Request(clientId, scope);
        var code = await request.CodeAsync(browser);
        using var answer = await request.RedeemAsync(code);
        return await Tokens.ReadAsync(answer);
    }

    internal async Task<Tokens> ClientCredentialsAsync(string clientId, string? scope = null)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials" };
        if (scope is not null)
        {
            form["scope"] = scope;
        }

        using var answer = await TokenAsync(clientId, form);
        return await Tokens.ReadAsync(answer);
    }

    internal Task<HttpResponseMessage> RefreshAsync(string clientId, string refreshToken) =>
        TokenAsync(clientId, new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken });

    internal async Task<HttpResponseMessage> UserInfoAsync(string accessToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", accessToken);
        return await Http.SendAsync(request);
    }

    internal async Task<JsonElement> IntrospectAsync(string clientId, string token)
    {
        using var answer = await PostAsync("/connect/introspect", clientId, new Dictionary<string, string> { ["token"] = token });
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    internal static async Task<string?> ErrorOfAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return text.StartsWith('{') && JsonSerializer.Deserialize<JsonElement>(text).TryGetProperty("error", out var error) ? error.GetString() : null;
    }
}

internal sealed record Tokens(string AccessToken, string? RefreshToken, string? IdToken, int ExpiresIn, string? Scope)
{
    public static async Task<Tokens> ReadAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        var json = JsonSerializer.Deserialize<JsonElement>(text);
        string? Of(string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
        return new(Of("access_token")!, Of("refresh_token"), Of("id_token"), json.GetProperty("expires_in").GetInt32(), Of("scope"));
    }

    public JsonElement IdClaims => ClaimsOf(IdToken!);

    public static JsonElement ClaimsOf(string jwt) => JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(jwt.Split('.')[1]));
}

/// <summary>An authorization request that is valid as it is made. <see cref="With"/> changes a parameter, null removes it.</summary>
internal sealed class AuthorizationRequest
{
    private readonly OidcServer server;

    public AuthorizationRequest(OidcServer server, string clientId, string scope)
    {
        this.server = server;
        ClientId = clientId;
        Verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        Parameters = new()
        {
            ["client_id"] = clientId,
            ["redirect_uri"] = server.RedirectUriOf(clientId),
            ["response_type"] = "code",
            ["scope"] = scope,
            ["state"] = "st&te=1",
            ["nonce"] = "n-0S6",
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
            ["code_challenge_method"] = "S256",
        };
    }

    public string ClientId { get; }

    public string Verifier { get; }

    public Dictionary<string, string?> Parameters { get; }

    public string Url => QueryHelpers.AddQueryString("/connect/authorize", Parameters.Where(p => p.Value is not null));

    public AuthorizationRequest With(string name, string? value)
    {
        Parameters[name] = value;
        return this;
    }

    /// <summary>The answer's parameters, read off the redirect to the client.</summary>
    public async Task<Dictionary<string, string>> AnswerAsync(Browser browser)
    {
        var answer = await browser.GetAsync(Url);

        // A registered client always asks. What the page shows is ConsentTests' business.
        if (Parameters["client_id"]?.StartsWith("rp-", StringComparison.Ordinal) == true && answer.Headers.Location?.OriginalString is { } consent && consent.StartsWith("/consent?", StringComparison.Ordinal))
        {
            answer.Dispose();
            using var allowed = await browser.SubmitAsync(consent, new Dictionary<string, string> { ["answer"] = "allow" });
            answer = await browser.GetAsync(allowed.Headers.Location!.OriginalString);
        }

        using var last = answer;
        Assert.True(answer.Headers.Location is not null, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        Assert.StartsWith(Parameters["redirect_uri"]!, answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        // RFC 6749 4.2.2.1: a response_type with a token has its answer, errors too, in the fragment.
        var parameters = answer.Headers.Location.Fragment is { Length: > 1 } fragment ? fragment[1..] : answer.Headers.Location.Query;
        return QueryHelpers.ParseQuery(parameters).ToDictionary(p => p.Key, p => p.Value.ToString());
    }

    public async Task<string> CodeAsync(Browser browser) => (await AnswerAsync(browser)).GetValueOrDefault("code") ?? throw new InvalidOperationException("There is no code.");

    public Task<HttpResponseMessage> RedeemAsync(string code, params IEnumerable<KeyValuePair<string, string>> changes)
    {
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = Parameters["redirect_uri"]!,
            ["code_verifier"] = Verifier,
        };
        foreach (var (name, value) in changes)
        {
            form[name] = value;
        }

        return server.TokenAsync(ClientId, form);
    }
}
