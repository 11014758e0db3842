using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Benchmarks;

/// <summary>Tokens by client credentials, by secret and by key, per second of the server's own CPU, beside a stock OpenIddict host.</summary>
internal static class TokenBenchmark
{
    public const string ClientId = "bench";
    public const string KeyClientId = "bench-key";
    public const string Secret = "a benchmark's secret of enough length";

    private const int Rounds = 5;
    private const int AtOnce = 8;

    public static async Task<IReadOnlyList<Figure>> RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("token-");
        try
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return
            [
                await MeasureAsync("token", "secret", folder.CreateSubdirectory("secret"), key, stockWarmUp: 3_000, (_, _) => BySecret),
                await MeasureAsync("token-key", "private_key_jwt", folder.CreateSubdirectory("key"), key, stockWarmUp: 12_000, (server, slash) => ByKey(key, server, slash)),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The public half as a JWK set.</summary>
    public static string JwksOf(ECDsa key)
    {
        var point = key.ExportParameters(false).Q;
        return JsonSerializer.Serialize(new
        {
            keys = new[] { new { kty = "EC", crv = "P-256", use = "sig", alg = "ES256", kid = "bench", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) } },
        });
    }

    private static IEnumerable<KeyValuePair<string, string>> BySecret => [new("grant_type", "client_credentials"), new("client_id", ClientId), new("client_secret", Secret)];

    private static async Task<Figure> MeasureAsync(
        string name, string by, DirectoryInfo folder, ECDsa key, int stockWarmUp, Func<ServerProcess, string, IEnumerable<KeyValuePair<string, string>>> form)
    {
        var settings = new Dictionary<string, string>
        {
            [$"Clients__{ClientId}__Name"] = ClientId,
            [$"Clients__{ClientId}__Secret"] = Secret,
            [$"Clients__{ClientId}__ClientCredentials"] = "true",
            [$"Clients__{KeyClientId}__Name"] = KeyClientId,
            [$"Clients__{KeyClientId}__Jwks"] = JwksOf(key),
            [$"Clients__{KeyClientId}__ClientCredentials"] = "true",
            ["Web__ClientCallsPerSecond"] = "1000000",
            [StockHost.JwksVariable] = JwksOf(key),
        };
        await using var ours = await ServerProcess.OursAsync(folder, settings);
        await using var stock = await ServerProcess.StockAsync(folder, settings);
        await ours.WarmUpAsync(12_000, AtOnce, (server, _) => AskAsync(server, ""));
        await stock.WarmUpAsync(stockWarmUp, AtOnce, (server, _) => AskAsync(server, "/"));
        for (var round = 0; round < Rounds; round++)
        {
            await ours.CountAsync(1_600, AtOnce, (server, _) => AskAsync(server, ""));
            await stock.CountAsync(400, AtOnce, (server, _) => AskAsync(server, "/"));
        }

        var conditions = FormattableString.Invariant(
            $"client credentials by {by}, SQLite with the same PRAGMAs, JWT ES256, {AtOnce} at once, warmed up, {Rounds} rounds in turn; {1000 / ours.PerCpuSecond:0.00} and {1000 / stock.PerCpuSecond:0.00} ms of CPU a token");
        return new(name, ours.PerCpuSecond, stock.PerCpuSecond, "stock OpenIddict", "1/cpu-s", conditions);

        async Task AskAsync(ServerProcess server, string slash)
        {
            using var body = new FormUrlEncodedContent(form(server, slash));
            using var answer = await server.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), body);
            if (!answer.IsSuccessStatusCode)
            {
                throw new InvalidOperationException($"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
            }
        }
    }

    /// <summary>The peer spells its issuer with a slash at the end.</summary>
    private static IEnumerable<KeyValuePair<string, string>> ByKey(ECDsa key, ServerProcess server, string slash)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var signed = Part(new { alg = "ES256", kid = "bench", typ = "client-authentication+jwt" }) + "."
            + Part(new { iss = KeyClientId, sub = KeyClientId, aud = server.Origin.GetLeftPart(UriPartial.Authority) + slash, iat = now, exp = now + 60, jti = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)) });
        return
        [
            new("grant_type", "client_credentials"),
            new("client_id", KeyClientId),
            new("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            new("client_assertion", signed + "." + Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))),
        ];
    }

    private static string Part<T>(T part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
}
