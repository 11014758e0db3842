using System.Net;
using System.Text.Json;

namespace Identity.Server.Subjects.Registers;

/// <summary>
/// Asks the state registers over the contract in <c>README.md</c>. Every method throws
/// <see cref="RegisterUnavailableException"/> when the register does not answer in time or not in the contract's words.
/// </summary>
internal sealed partial class StateRegisters(HttpClient http, ILogger<StateRegisters> log)
{
    private const int MostBytes = 256 * 1024;
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true };

    /// <summary>The person whose document this is, or null when the register knows none.</summary>
    public Task<RegisteredPerson?> FindPersonAsync(DocumentNumber number, CancellationToken cancellationToken) =>
        AskAsync<RegisteredPerson>("v1/persons/find", number, cancellationToken);

    /// <summary>The enterprises whose legal representative this person is today.</summary>
    public async Task<IReadOnlyList<RegisteredEnterprise>> EnterprisesRepresentedByAsync(DocumentNumber number, CancellationToken cancellationToken) =>
        (await AskAsync<RegisteredEnterprises>("v1/enterprises/represented-by", number, cancellationToken))?.Enterprises ?? [];

    /// <summary>The vehicles that this person owns today.</summary>
    public async Task<IReadOnlyList<RegisteredVehicle>> VehiclesOwnedByAsync(DocumentNumber number, CancellationToken cancellationToken) =>
        (await AskAsync<RegisteredVehicles>("v1/vehicles/owned-by", number, cancellationToken))?.Vehicles ?? [];

    private async Task<T?> AskAsync<T>(string path, DocumentNumber number, CancellationToken cancellationToken)
        where T : class
    {
        try
        {
            using var response = await http.PostAsJsonAsync(path, new PersonQuestion(NameOf(number.Type), number.Value), Json, cancellationToken);
            if (response.StatusCode == HttpStatusCode.NotFound
                && response.Content.Headers.ContentType?.MediaType == "application/problem+json")
            {
                // A 404 without the contract's body is a proxy or a wrong address, and "no such person" would be a guess.
                var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Json, cancellationToken);
                if (problem.TryGetProperty("code", out var code) && code.ValueEquals("not_found"))
                {
                    return null;
                }
            }

            if (response.StatusCode != HttpStatusCode.OK)
            {
                RegisterAnswered(path, (int)response.StatusCode);
                throw new RegisterUnavailableException($"{path} answered {(int)response.StatusCode}.");
            }

            return await response.Content.ReadFromJsonAsync<T>(Json, cancellationToken)
                ?? throw new RegisterUnavailableException($"{path} answered null.");
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or NotSupportedException
                                    || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // What a register that is down, slow, or not a register makes HttpClient throw. Our caller giving up is not among it.
            RegisterFailed(path, e.GetType().Name);
            throw new RegisterUnavailableException($"{path} cannot be asked.", e);
        }
    }

    /// <summary>The contract's names, which are not the C# ones.</summary>
    public static string NameOf(DocumentType type) => type switch
    {
        DocumentType.ResidentId => "resident-id",
        DocumentType.HkMacaoTaiwanResidence => "hk-macao-taiwan-residence",
        DocumentType.ForeignPermanentResidence => "foreign-permanent-residence",
        DocumentType.ForeignPermanentResidence2017 => "foreign-permanent-residence-2017",
        DocumentType.HkMacaoPermit => "hk-macao-permit",
        DocumentType.TaiwanPermit => "taiwan-permit",
        DocumentType.ChinesePassport => "passport",
        _ => throw new ArgumentOutOfRangeException(nameof(type)),
    };

    public static void Configure(HttpClient http, RegistersOptions options)
    {
        http.BaseAddress = options.Address.AbsoluteUri.EndsWith('/') ? options.Address : new Uri(options.Address.AbsoluteUri + "/");
        http.Timeout = options.Timeout;
        http.MaxResponseContentBufferSize = MostBytes;
        if (options.Key is { Length: > 0 } key)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        }
    }

    [LoggerMessage(7001, LogLevel.Warning, "Register {Path} answered {Status}")]
    private partial void RegisterAnswered(string path, int status);

    [LoggerMessage(7002, LogLevel.Warning, "Register {Path} cannot be asked: {Failure}")]
    private partial void RegisterFailed(string path, string failure);
}
