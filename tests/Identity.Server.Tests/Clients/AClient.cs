using System.Net.Http.Headers;
using System.Text;
using Identity.Server.Clients;
using Identity.Server.Tests.Connect;
using Identity.Server.Tests.Fixtures;
using Xunit;

namespace Identity.Server.Tests.Clients;

/// <summary>A client that somebody registers; all defaults pass.</summary>
internal static class AClient
{
    public const string Home = "https://app.example.org/callback";

    public static ClientSettings Valid(params string[] scopes) => new()
    {
        Name = "测试应用",
        NameEn = "An application",
        RedirectUris = { Home },
        Scopes = new List<string>(scopes is [] ? ["openid", "profile"] : scopes),
        Purposes = { ["profile"] = "称呼您", ["verify"] = "核验", ["credentials"] = "出示", ["offline_access"] = "保持登录" },
        Contacts = { "dev@example.org" },
    };

    public static async Task<(ClientSettings Client, string? Secret)> RegisterAsync(TheServer server, ClientSettings? wanted = null, bool withSecret = true, Guid? owner = null, bool isTrusted = false)
    {
        var outcome = await server.AskAsync<RegisterClient, RegisterClient.Outcome>(register => register.HandleAsync(
            wanted ?? Valid(), withSecret, new Registrant(owner is null ? "system" : $"account:{owner}", owner, isTrusted), CancellationToken.None));
        Assert.True(outcome.Client is not null, string.Join(' ', outcome.Faults));
        return (outcome.Client, outcome.Secret);
    }

    public static AuthorizationRequest RequestOf(OidcServer server, ClientSettings client) =>
        server.Request(scope: "openid").With("client_id", client.Id).With("redirect_uri", client.RedirectUris[0]);

    public static Task<HttpResponseMessage> RedeemAsync(OidcServer server, AuthorizationRequest request, string code, string? secret) =>
        TokenAsync(server.Http, request.Parameters["client_id"]!, secret, new()
        {
            ["grant_type"] = "authorization_code",
            ["code"] = code,
            ["redirect_uri"] = request.Parameters["redirect_uri"]!,
            ["code_verifier"] = request.Verifier,
        });

    public static async Task<HttpResponseMessage> TokenAsync(HttpClient http, string clientId, string? secret, Dictionary<string, string> form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token");
        if (secret is null)
        {
            form["client_id"] = clientId;
        }
        else
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{clientId}:{secret}")));
        }

        request.Content = new FormUrlEncodedContent(form);
        return await http.SendAsync(request);
    }
}
