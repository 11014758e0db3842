using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace Identity.Server.Tests.Connect;

/// <summary>A client that uses DPoP as RFC 9449 has it: keeps the newest nonce, and tries again when it is told to use one.</summary>
internal sealed class DpopCaller(OidcServer server, Signer signer)
{
    public string? Nonce { get; set; }

    public Signer Signer => signer;

    public string UrlOf(string path) => server.Issuer + path;

    /// <summary>A token request with a proof; a test changes one thing of it.</summary>
    public Task<HttpResponseMessage> TokenAsync(
        string clientId, IReadOnlyDictionary<string, string> form, Action<JsonObject>? claims = null, Action<JsonObject>? header = null, string path = "/connect/token") =>
        TwiceAsync(() =>
        {
            var all = new Dictionary<string, string>(form);
            var request = new HttpRequestMessage(HttpMethod.Post, path);
            if (OidcServer.SecretOf(clientId) is { } secret)
            {
                request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{clientId}:{secret}")));
            }
            else
            {
                all["client_id"] = clientId;
            }

            request.Content = new FormUrlEncodedContent(all);
            request.Headers.Add("DPoP", signer.Proof("POST", UrlOf(path), Nonce, null, claims, header));
            return request;
        });

    /// <summary>A request to a protected resource with token and proof.</summary>
    public Task<HttpResponseMessage> CallAsync(
        string method, string path, string accessToken, Action<JsonObject>? claims = null, Action<JsonObject>? header = null, string scheme = "DPoP") =>
        TwiceAsync(() =>
        {
            var request = new HttpRequestMessage(new HttpMethod(method), path);
            if (method == "POST")
            {
                request.Content = new StringContent("{}", System.Text.Encoding.UTF8, "application/json");
                request.Headers.Add("Idempotency-Key", Guid.CreateVersion7().ToString());
            }

            request.Headers.Authorization = new AuthenticationHeaderValue(scheme, accessToken);
            request.Headers.Add("DPoP", signer.Proof(method, UrlOf(path.Split('?')[0]), Nonce, accessToken, claims, header));
            return request;
        });

    /// <summary>The code flow, with the key known from the start.</summary>
    public async Task<Tokens> CodeFlowAsync(Fixtures.Browser browser, string clientId, string scope)
    {
        var request = server.Request(clientId, scope).With("dpop_jkt", signer.Thumbprint);
        using var answer = await RedeemAsync(request, await request.CodeAsync(browser));
        return await Tokens.ReadAsync(answer);
    }

    public Task<HttpResponseMessage> RedeemAsync(AuthorizationRequest request, string code) => TokenAsync(request.ClientId, new Dictionary<string, string>
    {
        ["grant_type"] = "authorization_code",
        ["code"] = code,
        ["redirect_uri"] = request.Parameters["redirect_uri"]!,
        ["code_verifier"] = request.Verifier,
    });

    public Task<HttpResponseMessage> RefreshAsync(string clientId, string refreshToken) =>
        TokenAsync(clientId, new Dictionary<string, string> { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken });

    private Task<HttpResponseMessage> TwiceAsync(Func<HttpRequestMessage> make) => DpopTries.TwiceAsync(async () =>
    {
        using var request = make();
        var answer = await server.Http.SendAsync(request);
        Nonce = DpopTries.NonceOf(answer, Nonce);
        return answer;
    });
}
