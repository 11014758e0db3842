using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Identity.Server.Clients;
using Identity.Server.Web;

namespace Identity.Server.Connect.Proofs;

/// <summary>
/// A compact JWS that somebody else signed (RFC 7515), taken apart strictly and not yet believed: nothing said twice, no <c>crit</c>,
/// no second opinion about the key, an algorithm of ours.
/// </summary>
internal sealed class Jws
{
    private const int MostCharacters = 8 * 1024;

    // crit would change what the rest means; the others fetch or bring a key from elsewhere.
    private static readonly string[] Unwanted = ["crit", "jku", "x5u", "x5c", "x5t", "x5t#S256", "b64", "enc", "zip"];

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private readonly byte[] _signed;
    private readonly byte[] _signature;

    private Jws(JsonElement header, JsonElement claims, byte[] signed, byte[] signature)
    {
        Header = header;
        Claims = claims;
        _signed = signed;
        _signature = signature;
    }

    public JsonElement Header { get; }

    public JsonElement Claims { get; }

    /// <summary>Null for what is none. Never throws on what was sent.</summary>
    public static Jws? Read(string? text)
    {
        if (text is null or { Length: > MostCharacters } || text.Split('.') is not [var head, var body, { Length: > 0 } signature])
        {
            return null;
        }

        try
        {
            var header = ObjectOf(head);
            var claims = ObjectOf(body);
            return header is null || claims is null || Array.Exists(Unwanted, name => header.Value.TryGetProperty(name, out _))
                || header.Value.Text("alg") is not { } algorithm || !PublicKey.Algorithms.Contains(algorithm)
                ? null
                : new Jws(header.Value, claims.Value, Encoding.ASCII.GetBytes($"{head}.{body}"), Base64Url.DecodeFromChars(signature));
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            // What Base64Url and JSON throw at text they cannot read. Anything else is a fault of ours.
            return null;
        }
    }

    /// <summary>The key's algorithm counts; the header must agree with it.</summary>
    public bool IsSignedBy(PublicKey key) => HeaderText("alg") == key.Algorithm && key.Verifies(_signed, _signature);

    public string? HeaderText(string name) => Header.Text(name);

    public string? Text(string name) => Claims.Text(name);

    /// <summary>A NumericDate as whole seconds; null when absent or no such number.</summary>
    public long? Seconds(string name) =>
        Claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is > 0 and < 1e11
            ? (long)seconds
            : null;

    public bool Has(string name) => Claims.TryGetProperty(name, out _);

    private static JsonElement? ObjectOf(string part)
    {
        var element = JsonElement.Parse(Base64Url.DecodeFromChars(part), Strict);
        return element.ValueKind == JsonValueKind.Object ? element : null;
    }
}
