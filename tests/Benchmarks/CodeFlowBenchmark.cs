using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Identity.Server;
using Microsoft.AspNetCore.WebUtilities;

namespace Benchmarks;

/// <summary>
/// Single sign-on as it happens all day: the session is open, an application asks for a code and redeems it with its secret. Whole flows
/// per second of the server's own CPU, beside a stock OpenIddict host that does the same.
/// </summary>
internal static class CodeFlowBenchmark
{
    public const string ClientId = "bench-code";
    public const string RedirectUri = "https://bench.example/callback";

    private const int Rounds = 5;
    private const int AtOnce = 8;

    public static async Task<IReadOnlyList<Figure>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("code-flow-");
        try
        {
            var settings = new Dictionary<string, string>
            {
                [$"Clients__{ClientId}__Name"] = ClientId,
                [$"Clients__{ClientId}__Secret"] = TokenBenchmark.Secret,
                [$"Clients__{ClientId}__RedirectUris__0"] = RedirectUri,
                [$"Clients__{ClientId}__Scopes__0"] = "openid",

                // The peer asks nobody either.
                [$"Clients__{ClientId}__LegalGround"] = "A benchmark's duty",
                ["Web__ClientCallsPerSecond"] = "1000000",
            };
            await AddAccountsAsync(folder);
            await using var ours = await ServerProcess.OursAsync(folder, settings);
            await using var stock = await ServerProcess.StockAsync(folder, settings);
            var ourCookies = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(caller => SignInAsync(ours, caller)));
            var stockCookies = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(caller => CookieOfAsync(stock, new HttpRequestMessage(HttpMethod.Get, $"/stock-sign-in?user=bench{caller}"))));

            await ours.WarmUpAsync(8_000, AtOnce, (server, caller) => FlowAsync(server, ourCookies[caller]));
            await stock.WarmUpAsync(3_000, AtOnce, (server, caller) => FlowAsync(server, stockCookies[caller]));
            for (var round = 0; round < Rounds; round++)
            {
                await ours.CountAsync(400, AtOnce, (server, caller) => FlowAsync(server, ourCookies[caller]));
                await stock.CountAsync(200, AtOnce, (server, caller) => FlowAsync(server, stockCookies[caller]));
            }

            var conditions = FormattableString.Invariant(
                $"code, PKCE, secret, id_token and access token, session open, SQLite with the same PRAGMAs, {AtOnce} at once, warmed up, {Rounds} rounds in turn; {1000 / ours.PerCpuSecond:0.00} and {1000 / stock.PerCpuSecond:0.00} ms of CPU a flow");
            return [new("code-flow", ours.PerCpuSecond, stock.PerCpuSecond, "stock OpenIddict", "1/cpu-s", conditions)];
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            folder.Delete(recursive: true);
        }
    }

    private static async Task AddAccountsAsync(DirectoryInfo folder)
    {
        var settings = StartBenchmark.Settings(folder, StartBenchmark.FreePort()).ToDictionary(pair => pair.Key.Replace("__", ":", StringComparison.Ordinal), pair => (string?)pair.Value);
        await using var app = ServerHost.Build(ServerHost.CreateBuilder(["--environment", "Development"], settings));
        await ServerHost.PrepareAsync(app);
        await LoginBenchmark.AddAccountsAsync(app, AtOnce);
    }

    private static async Task FlowAsync(ServerProcess server, string cookie)
    {
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var address = QueryHelpers.AddQueryString("/connect/authorize", new Dictionary<string, string?>
        {
            ["client_id"] = ClientId,
            ["redirect_uri"] = RedirectUri,
            ["response_type"] = "code",
            ["scope"] = "openid",
            ["state"] = "s",
            ["nonce"] = "n",
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))),
            ["code_challenge_method"] = "S256",
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Cookie", cookie } } };
        using var redirect = await server.Http.SendAsync(request);
        var code = redirect.Headers.Location is { IsAbsoluteUri: true } to ? QueryHelpers.ParseQuery(to.Query)["code"].ToString() : "";
        if (code.Length == 0)
        {
            throw new InvalidOperationException($"There is no code: {redirect.StatusCode} {redirect.Headers.Location}");
        }

        using var form = new FormUrlEncodedContent(
            [new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", RedirectUri), new("code_verifier", verifier), new("client_id", ClientId), new("client_secret", TokenBenchmark.Secret)]);
        using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), form);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }
    }

    private static async Task<string> SignInAsync(ServerProcess server, int caller)
    {
        using var page = await server.Http.GetAsync(new Uri("/sign-in", UriKind.Relative));
        var antiforgery = CookiesOf(page);
        var form = new FormUrlEncodedContent(LoginBenchmark.FormOf(await page.Content.ReadAsStringAsync(), caller));
        return await CookieOfAsync(server, new HttpRequestMessage(HttpMethod.Post, "/sign-in") { Content = form, Headers = { { "Cookie", antiforgery } } });
    }

    private static async Task<string> CookieOfAsync(ServerProcess server, HttpRequestMessage request)
    {
        using (request)
        {
            using var answer = await server.Http.SendAsync(request);
            return CookiesOf(answer) is { Length: > 0 } cookies && answer.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.OK
                ? cookies
                : throw new InvalidOperationException($"A sign-in was answered {answer.StatusCode}.");
        }
    }

    private static string CookiesOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? string.Join("; ", cookies.Select(cookie => cookie.Split(';')[0])) : "";
}
