using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;
using Identity.Server;
using Identity.Server.Accounts;
using Identity.Server.Subjects;
using Identity.Server.Tests.Fixtures;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
using Sandbox;
using Sandbox.Registers;

namespace Faults;

/// <summary>Two nodes, PostgreSQL, Redis, the registers, and people who are known to them. Everything on loopback, in one folder.</summary>
internal sealed class Town : IAsyncDisposable
{
    private const int People = 12;
    private const string Password = "Sandbox-2022!";

    private readonly DirectoryInfo _folder;
    private readonly WebApplication _registers;

    private Town(DirectoryInfo folder, WebApplication registers, Addresses addresses, Postgres postgres, Redis redis, IReadOnlyList<Node> nodes)
    {
        (_folder, _registers, Addresses, Postgres, Redis, Nodes) = (folder, registers, addresses, postgres, redis, nodes);
    }

    public Addresses Addresses { get; }

    public Postgres Postgres { get; }

    public Redis Redis { get; }

    public IReadOnlyList<Node> Nodes { get; }

    public TrustList Trust { get; private set; } = null!;

    public static async Task<Town> BuildAsync()
    {
        var folder = Directory.CreateTempSubdirectory("faults-");
        var addresses = Addresses.Free();
        var registers = await RegistersHost.StartAsync(addresses);
        var postgres = new Postgres(new DirectoryInfo(Path.Combine(folder.FullName, "postgres")));
        var redis = new Redis(new DirectoryInfo(Path.Combine(folder.FullName, "redis")));
        if (OperatingSystem.IsLinux())
        {
            folder.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        }

        await postgres.CreateAsync();
        await redis.StartAsync();
        var keys = Path.Combine(folder.FullName, "keys");
        Dictionary<string, string?> SettingsOf(string node) => new(SandboxClients.For(addresses))
        {
            ["Origins:Login"] = Addresses.Text(addresses.Login),
            ["Origins:Wallet"] = Addresses.Text(addresses.Wallet),
            ["Origins:Verifier"] = Addresses.Text(addresses.Verifier),
            ["Origins:Console"] = Addresses.Text(addresses.Console),
            ["Registers:Address"] = Addresses.Text(addresses.Registers),
            ["Storage:Provider"] = "Postgres",
            ["ConnectionStrings:Database"] = postgres.ConnectionTo(node),
            ["ConnectionStrings:Redis"] = redis.ConnectionString,
            ["Trust:KeyFolder"] = keys,
            ["Status:PublishWithin"] = "00:00:01",
            // This is about withdrawals; that a phone's token is bound to its key is tried elsewhere.
            ["Clients:wallet:RequiresDpop"] = "false",
            ["Connect:AccessTokenLifetime"] = "01:00:00",
            ["Credentials:MostDevices"] = "100",
            ["Credentials:MostPrinted"] = "1000",
            ["Accounts:FailuresPerAddress"] = "100000",
            ["Web:SignInsPerMinute"] = "100000",
            ["Web:AnonymousCallsPerSecond"] = "100000",
            ["Logging:LogLevel:Default"] = "Warning",
            ["Logging:LogLevel:Microsoft.EntityFrameworkCore"] = "Critical",
        };

        await PlantAsync(SettingsOf("setup"), folder, registers.Services.GetRequiredService<RegisterData>());
        var program = ServerProgram.CopyTo(new DirectoryInfo(Path.Combine(folder.FullName, "server")));
        var nodes = new[] { "node-1", "node-2" }
            .Select(name => new Node(name, program, SettingsOf(name), new DirectoryInfo(Path.Combine(folder.FullName, "nodes")), addresses.Login.Authority)).ToList();
        var town = new Town(folder, registers, addresses, postgres, redis, nodes);
        await Task.WhenAll(nodes.Select(node => node.StartAsync()));
        using var http = Town.Open(nodes[0]);
        var metadata = await http.GetFromJsonAsync<JsonElement>("/.well-known/onecode-configuration");
        var roots = TrustRoots.ParseJson(metadata.GetProperty("trust_roots").GetRawText());
        town.Trust = TrustListToken.TryVerify(await http.GetByteArrayAsync(new Uri("/trust/list", UriKind.Relative)), roots, null, out var list, out var rejection)
            ? list : throw new InvalidOperationException($"The trust list is refused: {rejection}");
        return town;
    }

    /// <summary>A client of one node that calls it by the name of the login origin, as a load balancer would.</summary>
    public static HttpClient Open(Node node, bool cookies = false)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = cookies, ConnectTimeout = TimeSpan.FromSeconds(2) };
        var http = new HttpClient(handler) { BaseAddress = node.Address, Timeout = TimeSpan.FromSeconds(20) };
        http.DefaultRequestHeaders.Host = node.Host;
        return http;
    }

    /// <summary>Signs a person in on a new phone; the access token.</summary>
    public async Task<string> SignInAsync(Node node, int person)
    {
        using var http = Open(node, cookies: true);
        var page = await http.GetStringAsync(new Uri("/sign-in?returnUrl=%2Faccount", UriKind.Relative));
        var fields = Regex.Matches(page, "<input[^>]*type=\"hidden\"[^>]*>").Select(input => input.Value)
            .DistinctBy(input => Regex.Match(input, "name=\"([^\"]*)\"").Groups[1].Value)
            .ToDictionary(input => Regex.Match(input, "name=\"([^\"]*)\"").Groups[1].Value, input => WebUtility.HtmlDecode(Regex.Match(input, "value=\"([^\"]*)\"").Groups[1].Value));
        fields["userName"] = UserOf(person);
        fields["password"] = Password;
        using var signedIn = await http.PostAsync(new Uri("/sign-in?returnUrl=%2Faccount", UriKind.Relative), new FormUrlEncodedContent(fields));
        var verifier = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        var redirect = Addresses.Text(Addresses.Wallet) + "/";
        using var authorized = await http.GetAsync(new Uri(
            $"/connect/authorize?response_type=code&client_id=wallet&redirect_uri={Uri.EscapeDataString(redirect)}&scope=openid%20credentials%20offline_access"
            + $"&state=s&nonce=n&code_challenge_method=S256&code_challenge={Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)))}", UriKind.Relative));
        var code = authorized.Headers.Location is { } location ? HttpUtility.ParseQueryString(location.Query)["code"] : null;
        using var answer = await http.PostAsync(new Uri("/connect/token", UriKind.Relative), new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = "wallet",
            ["code"] = code ?? throw new HttpRequestException($"No code for {UserOf(person)}: {(int)signedIn.StatusCode}, {(int)authorized.StatusCode}"),
            ["redirect_uri"] = redirect,
            ["code_verifier"] = verifier,
        }));
        if (!answer.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"No token for {UserOf(person)}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }

        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }

    public static int CountOfPeople => People;

    /// <summary>What the nodes and PostgreSQL said; shown when something was found.</summary>
    public string Logs => _folder.FullName;

    public bool Keep { get; set; }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in Nodes)
        {
            await node.DisposeAsync();
        }

        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
        await _registers.DisposeAsync();
        if (!Keep)
        {
            _folder.Delete(recursive: true);
        }
    }

    /// <summary>Schema, keys and people, by the server's own use cases, before the first process under test starts.</summary>
    private static async Task PlantAsync(Dictionary<string, string?> settings, DirectoryInfo folder, RegisterData registers)
    {
        await using var app = ServerHost.Build(ServerHost.CreateBuilder(["--environment", "Development", "--contentRoot", folder.FullName], settings));
        await ServerHost.PrepareAsync(app);
        for (var i = 0; i < People; i++)
        {
            var number = NumberOf(i);
            registers.Citizens = registers.Citizens.Add(new Citizen(null, number, "张小敏", 4));
            registers.Vehicles = registers.Vehicles.Add(new($"LTEST00A6PM1{i:D5}", $"皖A{i:D5}", "02", number));
            if (!DocumentNumber.TryParse(DocumentType.ResidentId, number, DateOnly.MaxValue, out var document))
            {
                throw new InvalidOperationException(number);
            }

            await using var scope = app.Services.CreateAsyncScope();
            var person = await scope.ServiceProvider.GetRequiredService<FindOrAddPerson>().HandleAsync(
                document, "张小敏", [new(EvidenceMethod.RegisterMatch, "faults"), new(EvidenceMethod.InPerson, "faults")], CancellationToken.None);
            await scope.ServiceProvider.GetRequiredService<CreateAccount>().HandleAsync(new NewAccount(UserOf(i), Password, person, AccountRole.Citizen, null), CancellationToken.None);
        }
    }

    private static string UserOf(int person) => "u" + person.ToString("D3", CultureInfo.InvariantCulture);

    private static string NumberOf(int serial) => ResidentNumber.WithCheckDigit(string.Create(CultureInfo.InvariantCulture, $"34990019800101{100 + serial:D3}"));
}

/// <summary>One phone: a sign-in and what it asks of whichever node it is sent to.</summary>
internal sealed class Phone(Town town, int person, string token)
{
    // Its token is good for an hour, and the long campaign takes longer.
    private static readonly TimeSpan SignedInFor = TimeSpan.FromMinutes(50);

    private Stopwatch _since = Stopwatch.StartNew();

    public int Person => person;

    public async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(Node node, string path, object? body, string? key)
    {
        if (_since.Elapsed > SignedInFor)
        {
            token = await town.SignInAsync(node, person);
            _since = Stopwatch.StartNew();
        }

        using var http = Town.Open(node);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body ?? new { }) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return (answer.StatusCode, text.StartsWith('{') ? JsonSerializer.Deserialize<JsonElement>(text) : default);
    }

    public async Task<(object Body, SoftwareSigner Key)> ProofAsync(Node node, string kind)
    {
        var (_, nonce) = await PostAsync(node, "/api/nonce", null, null);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(false).Q;
        var header = new { typ = "openid4vci-proof+jwt", alg = "ES256", jwk = new { kty = "EC", crv = "P-256", x = Base64Url.EncodeToString(point.X), y = Base64Url.EncodeToString(point.Y) } };
        var claims = new { aud = Addresses.Text(town.Addresses.Login), nonce = nonce.GetProperty("c_nonce").GetString(), iat = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() };
        var text = $"{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header))}.{Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims))}";
        var jwt = $"{text}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))}";
        return (new { kind, form = "phone", proofs = new { jwt = new[] { jwt } } }, new SoftwareSigner(key));
    }
}
