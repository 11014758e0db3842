using System.Buffers.Text;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;

namespace Identity.Server.Tests.Conformance;

/// <summary>A client as FAPI 2.0 wants it: pushes its requests, proves itself with its key, binds its tokens to another. Tests change one thing.</summary>
internal sealed class FapiParty(ConformanceServer suite, string clientId, Signer key, Signer? holder = null) : IDisposable
{
    public const string Scope = "openid profile offline_access";

    private readonly OidcServer server = suite.Oidc;

    public string ClientId => clientId;

    public Signer Holder { get; set; } = holder ?? new();

    public string? Nonce { get; set; }

    private long Now => suite.Clock.GetUtcNow().ToUnixTimeSeconds();

    public AuthorizationRequest Request(string scope = Scope) => server.Request(clientId, scope);

    public static string AddressOf(string clientId, string requestUri) =>
        QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?> { ["client_id"] = clientId, ["request_uri"] = requestUri });

    public string Assertion(Action<JsonObject>? claims = null, Action<JsonObject>? header = null, Signer? by = null) => (by ?? key).Assertion(
        clientId,
        server.Issuer,
        body =>
        {
            (body["iat"], body["exp"]) = (Now, Now + 60);
            claims?.Invoke(body);
        },
        header);

    public string Proof(string method, string path, string? accessToken = null, Action<JsonObject>? claims = null, Action<JsonObject>? header = null, Signer? by = null) => (by ?? Holder).Proof(
        method,
        server.Issuer + path,
        Nonce,
        accessToken,
        body =>
        {
            body["iat"] = Now;
            claims?.Invoke(body);
        },
        header);

    /// <summary>With a new assertion and a new proof each time, and once more when the server wants its nonce.</summary>
    public Task<HttpResponseMessage> PostAsync(
        string path, IEnumerable<KeyValuePair<string, string>> form, Func<string?>? assertion = null, Func<string?>? proof = null, Action<HttpRequestMessage>? change = null) => DpopTries.TwiceAsync(async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        var all = new Dictionary<string, string>(form);
        if ((assertion ?? (() => Assertion()))() is { } jwt)
        {
            all["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
            all["client_assertion"] = jwt;
        }

        all.TryAdd("client_id", clientId);
        request.Content = new FormUrlEncodedContent(all);
        if ((proof ?? (() => Proof("POST", path)))() is { } dpop)
        {
            request.Headers.Add("DPoP", dpop);
        }

        change?.Invoke(request);
        var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Nonce = DpopTries.NonceOf(answer, Nonce);
        return answer;
    });

    public Task<HttpResponseMessage> PushAsync(AuthorizationRequest request, Func<string?>? assertion = null, Func<string?>? proof = null) =>
        PostAsync("/connect/par", request.Parameters.Where(p => p.Value is not null).Select(p => KeyValuePair.Create(p.Key, p.Value!)), assertion, proof);

    /// <summary>Pushes, and gives the address to go to.</summary>
    public async Task<string> AddressAsync(AuthorizationRequest request, Func<string?>? proof = null)
    {
        using var pushed = await PushAsync(request, proof: proof);
        Assert.True(pushed.StatusCode == System.Net.HttpStatusCode.Created, await pushed.Content.ReadAsStringAsync());
        return AddressOf(clientId, (await pushed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_uri").GetString()!);
    }

    public async Task<Visit> ArriveAsync(Browser browser, AuthorizationRequest request, Func<string?>? proof = null) =>
        await ConformanceServer.VisitAsync(browser, await AddressAsync(request, proof), request.Parameters["redirect_uri"]!, await suite.AddPersonAsync());

    public static Dictionary<string, string> CodeForm(AuthorizationRequest request, string code) => new()
    {
        ["grant_type"] = "authorization_code",
        ["code"] = code,
        ["redirect_uri"] = request.Parameters["redirect_uri"]!,
        ["code_verifier"] = request.Verifier,
    };

    public Task<HttpResponseMessage> RedeemAsync(AuthorizationRequest request, string code, Func<string?>? assertion = null, Func<string?>? proof = null) =>
        PostAsync("/connect/token", CodeForm(request, code), assertion, proof);

    public async Task<Tokens> FlowAsync(Browser browser, AuthorizationRequest? request = null)
    {
        request ??= Request();
        var visit = await ArriveAsync(browser, request);
        using var answer = await RedeemAsync(request, visit.Code);
        var tokens = await Checks.TokenResponseAsync(answer, "DPoP");
        await Checks.IdTokenAsync(suite, clientId, tokens, request.Parameters["nonce"], asksForName: request.Parameters.ContainsKey("claims"));
        return tokens;
    }

    /// <summary>Userinfo, the protected resource that every OpenID provider has. <paramref name="proofs"/> makes the headers for the nonce that is known by then.</summary>
    public Task<HttpResponseMessage> CallAsync(string accessToken, Func<IEnumerable<string>>? proofs = null, string scheme = "DPoP", string query = "", string? accept = null) => DpopTries.TwiceAsync(async () =>
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/connect/userinfo" + query);
        request.Headers.TryAddWithoutValidation("Authorization", $"{scheme} {accessToken}");
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        foreach (var proof in proofs?.Invoke() ?? [Proof("GET", "/connect/userinfo", accessToken)])
        {
            request.Headers.TryAddWithoutValidation("DPoP", proof);
        }

        var answer = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Nonce = DpopTries.NonceOf(answer, Nonce);
        return answer;
    });

    public static string Unsigned(string jwt)
    {
        var header = (JsonObject)JsonNode.Parse(Base64Url.DecodeFromChars(jwt.Split('.')[0]))!;
        header["alg"] = "none";
        return $"{Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(header.ToJsonString()))}.{jwt.Split('.')[1]}.";
    }

    public void Dispose() => Holder.Dispose();
}
