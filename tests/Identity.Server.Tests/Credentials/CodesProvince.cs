using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Web;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
using Sandbox;
using Sandbox.Registers;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>The server with the Sandbox's registers and clients, and wallets that talk to it over HTTP.</summary>
public sealed class CodesProvince : IAsyncLifetime
{
    private static int _serial;
    private readonly Addresses _addresses = Addresses.Free();
    private WebApplication? _registers;

    public CodesProvince()
        : this([])
    {
    }

    internal CodesProvince(Dictionary<string, string?> more)
    {
        Settings = SandboxClients.For(_addresses);
        Settings["Registers:Address"] = Addresses.Text(_addresses.Registers);
        Settings["Registers:MandateFresh"] = "00:00:00";
        // These tests are about codes and speak Bearer; Rfc9449DpopTests and the browsers hold the wallet to DPoP.
        Settings["Clients:wallet:RequiresDpop"] = "false";
        foreach (var (name, value) in more)
        {
            Settings[name] = value;
        }

        Server = new TheServer(Settings);
    }

    internal Dictionary<string, string?> Settings { get; }

    internal Uri RegistersAddress => _addresses.Registers;

    public TheServer Server { get; }

    internal RegisterData Registers => _registers!.Services.GetRequiredService<RegisterData>();

    public async ValueTask InitializeAsync()
    {
        _registers = await RegistersHost.StartAsync(_addresses);
        await Server.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopRegistersAsync();
        await Server.DisposeAsync();
    }

    /// <summary>The registers go away; what they knew is what <see cref="StartRegistersAsync"/> takes.</summary>
    internal async Task<RegisterData?> StopRegistersAsync()
    {
        if (_registers is not { } registers)
        {
            return null;
        }

        _registers = null;
        var data = registers.Services.GetRequiredService<RegisterData>();
        await registers.DisposeAsync();
        return data;
    }

    /// <summary>The registers are back at their address and know what they knew.</summary>
    internal async Task StartRegistersAsync(RegisterData data)
    {
        _registers = await RegistersHost.StartAsync(_addresses);
        (Registers.Citizens, Registers.Enterprises, Registers.Vehicles) = (data.Citizens, data.Enterprises, data.Vehicles);
    }

    /// <summary>A person of their own for each test, known to the registers, with an enterprise and a vehicle where asked for.</summary>
    internal async Task<Someone> AddSomeoneAsync(bool enterprise = false, bool vehicle = false, EvidenceMethod evidence = EvidenceMethod.InPerson, string? enterpriseName = null)
    {
        var serial = Interlocked.Increment(ref _serial);
        var number = NumberOf(serial);
        lock (_addresses)
        {
            Registers.Citizens = Registers.Citizens.Add(new Citizen(null, number, "张小敏", 4));
            if (enterprise)
            {
                Registers.Enterprises = Registers.Enterprises.Add(new(UsccNumber(serial), enterpriseName ?? $"晨光软件有限公司{serial}号", number));
            }

            if (vehicle)
            {
                Registers.Vehicles = Registers.Vehicles.Add(new($"LTEST00A6PM1{serial:D5}", $"皖A{serial:D5}", "02", number));
            }
        }

        Assert.True(DocumentNumber.TryParse(DocumentType.ResidentId, number, DateOnly.MaxValue, out var document));
        var personId = await Server.AskAsync<FindOrAddPerson, Guid>(add => add.HandleAsync(
            document, "张小敏", [new(EvidenceMethod.RegisterMatch, "test"), new(evidence, "test")], CancellationToken.None));
        return new Someone(number, personId, await Server.AddAccountAsync(personId: personId), UsccNumber(serial));
    }

    /// <summary>Signs in on a new phone: each is a grant of its own.</summary>
    internal async Task<Wallet> OpenWalletAsync(Someone someone, string client = "wallet", string scope = "openid credentials offline_access")
    {
        using var browser = Server.OpenBrowser();
        using var signedIn = await browser.SignInAsync(someone.UserName);
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var redirect = client == "wallet" ? Addresses.Text(_addresses.Wallet) + "/" : "http://127.0.0.1:7777/callback";
        using var authorized = await browser.GetAsync(
            $"/connect/authorize?response_type=code&client_id={client}&redirect_uri={Uri.EscapeDataString(redirect)}&scope={Uri.EscapeDataString(scope)}"
            + $"&state=s&nonce=n&code_challenge_method=S256&code_challenge={Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))}");
        var code = HttpUtility.ParseQueryString(authorized.Headers.Location!.Query)["code"];
        using var answer = await browser.Http.PostAsync(new Uri("/connect/token", UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = client,
            ["code"] = code!,
            ["redirect_uri"] = redirect,
            ["code_verifier"] = verifier,
        }));
        var tokens = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return new Wallet(Server, tokens.GetProperty("access_token").GetString()!);
    }

    /// <summary>An HTTP client of a verifier with a token of its own.</summary>
    internal async Task<HttpClient> OpenGateAsync(string client)
    {
        var http = new HttpClient { BaseAddress = Server.Login };
        using var answer = await http.PostAsync(new Uri("/connect/token", UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = client,
            ["client_secret"] = client + "-secret",
            ["scope"] = "verify",
        }));
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return http;
    }

    /// <summary>What the online verifier says.</summary>
    internal async Task<JsonElement> VerifyAsync(string text, string? scene = null, HttpClient? gate = null)
    {
        using var anybody = new HttpClient { BaseAddress = Server.Login };
        using var answer = await (gate ?? anybody).PostAsJsonAsync("/api/verify", new { text, scene });
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    internal async Task<T> DatabaseAsync<T>(Func<ServerDbContext, Task<T>> read) => await Server.AskAsync(read);

    private static string NumberOf(int serial) => ResidentNumber.WithCheckDigit($"34990019{70 + serial / 900 % 30:D2}0101{100 + serial % 900:D3}");

    private static string UsccNumber(int serial)
    {
        const string Alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
        ReadOnlySpan<int> weights = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
        ReadOnlySpan<int> organisation = [3, 7, 9, 10, 5, 8, 4, 2];
        var code = $"{serial:D8}";
        var sum = 0;
        for (var i = 0; i < 8; i++)
        {
            sum += (code[i] - '0') * organisation[i];
        }

        var body = "91349900" + code + (11 - sum % 11) switch { 10 => "X", 11 => "0", var digit => $"{digit}" };
        sum = 0;
        for (var i = 0; i < 17; i++)
        {
            sum += Alphabet.IndexOf(body[i], StringComparison.Ordinal) * weights[i];
        }

        return body + Alphabet[(31 - sum % 31) % 31];
    }
}

internal sealed record Someone(string Number, Guid PersonId, string UserName, string Uscc);

/// <summary>One phone: its token and what it asks.</summary>
internal sealed class Wallet : IDisposable
{
    private readonly TheServer _server;

    public Wallet(TheServer server, string token)
    {
        _server = server;
        Http = new HttpClient { BaseAddress = server.Login };
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public HttpClient Http { get; }

    public void Dispose() => Http.Dispose();

    public Task<JsonElement> SubjectsAsync() => Http.GetFromJsonAsync<JsonElement>("/api/subjects");

    public Task<JsonElement> ListAsync() => Http.GetFromJsonAsync<JsonElement>("/api/credentials");

    public async Task<string> NonceAsync()
    {
        using var answer = await Http.PostAsJsonAsync("/api/nonce", new { });
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("c_nonce").GetString()!;
    }

    public async Task<AProof> ProofAsync() => new() { Audience = Identity.Server.Web.Origins.TextOf(_server.Login), Nonce = await NonceAsync() };

    /// <summary>Asks for phone codes with these proofs, or with one good one for each of <paramref name="count"/> fresh keys.</summary>
    public async Task<(int Status, JsonElement Answer, IReadOnlyList<SoftwareSigner> Keys)> EnrolAsync(string kind = "person", string? subject = null, int count = 1, params string[] proofs)
    {
        var keys = new List<SoftwareSigner>();
        var jwt = proofs.ToList();
        var proof = await ProofAsync();
        while (proofs.Length == 0 && jwt.Count < count)
        {
            var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            jwt.Add((proof with { Key = key }).ToString());
            keys.Add(new SoftwareSigner(key));
        }

        var (status, answer) = await PostAsync("/api/credentials", new { kind, subject, form = "phone", proofs = new { jwt } });
        return (status, answer, keys);
    }

    public Task<(int Status, JsonElement Answer)> PrintAsync(string kind = "person", string? subject = null, string? idempotencyKey = null) =>
        PostAsync("/api/credentials", new { kind, subject, form = "paper" }, idempotencyKey);

    public async Task<(int Status, JsonElement Answer)> PostAsync(string path, object? body = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body ?? new { }) };
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        using var answer = await Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text));
    }

    /// <summary>What the phone shows: its credential signed for this moment.</summary>
    public static async Task<string> ShowAsync(JsonElement credential, SoftwareSigner key, DateTimeOffset? at = null) =>
        await Presentation.SignAsync(CodeText.Decode(credential.GetProperty("text").GetString()), at ?? TimeProvider.System.GetUtcNow(), key);
}

/// <summary>A holder proof: all defaults are right; each property is one way to be wrong.</summary>
internal sealed record AProof
{
    public ECDsa Key { get; init; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public string Type { get; init; } = "openid4vci-proof+jwt";

    public string Algorithm { get; init; } = "ES256";

    public required string? Audience { get; init; }

    public required string? Nonce { get; init; }

    public TimeSpan Age { get; init; }

    public ECDsa? SignedBy { get; init; }

    public bool WithPrivateKey { get; init; }

    public bool WithKeyId { get; init; }

    public override string ToString()
    {
        var point = Key.ExportParameters(true);
        var jwk = new Dictionary<string, string> { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(point.Q.X), ["y"] = Base64Url.EncodeToString(point.Q.Y) };
        if (WithPrivateKey)
        {
            jwk["d"] = Base64Url.EncodeToString(point.D);
        }

        var header = new Dictionary<string, object> { ["typ"] = Type, ["alg"] = Algorithm, ["jwk"] = jwk };
        if (WithKeyId)
        {
            header["kid"] = "another";
        }

        var claims = new { aud = Audience, nonce = Nonce, iat = (TimeProvider.System.GetUtcNow() - Age).ToUnixTimeSeconds() };
        var text = $"{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header))}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        var signature = (SignedBy ?? Key).SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }
}
