using System.Buffers.Text;
using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace OneCode;

/// <summary>The root keys that a verifier holds beforehand, and how many of them must sign (SPEC 7.3).</summary>
public sealed class TrustRoots
{
    internal const int MaximumKeys = 16;

    private readonly FrozenDictionary<KeyId, PublicKey> keys;

    /// <summary>Roots known from elsewhere than JSON.</summary>
    /// <exception cref="ArgumentException">No keys, a key twice, or a threshold that they cannot reach.</exception>
    public TrustRoots(IEnumerable<PublicKey> keys, int threshold)
        : this(keys, threshold, SignatureAlgorithms.Es256Only)
    {
    }

    /// <summary>Roots known from elsewhere than JSON, for a verifier that speaks more than ES256.</summary>
    /// <exception cref="ArgumentException">No keys, a key twice, one of an algorithm that is not spoken, or a threshold that they cannot reach.</exception>
    public TrustRoots(IEnumerable<PublicKey> keys, int threshold, SignatureAlgorithms algorithms)
    {
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentNullException.ThrowIfNull(algorithms);
        Algorithms = algorithms;
        Keys = [.. keys];
        if (Keys.Count is 0 or > MaximumKeys || threshold < 1 || threshold > Keys.Count || Keys.DistinctBy(key => key.KeyId).Count() != Keys.Count
            || Keys.Any(key => algorithms.Find(key.Algorithm) is null))
        {
            throw new ArgumentException("Roots are different keys, and the threshold is between one and all of them.", nameof(keys));
        }

        Threshold = threshold;
        this.keys = Keys.ToFrozenDictionary(key => key.KeyId);
    }

    /// <summary>The root keys.</summary>
    public IReadOnlyList<PublicKey> Keys { get; }

    /// <summary>1 for a first set; greater for every set that takes another's place.</summary>
    public long Version { get; init; } = 1;

    /// <summary>How many different ones must sign.</summary>
    public int Threshold { get; }

    /// <summary>What whoever holds these roots speaks: of the roots, of the keys in their lists, and of phones.</summary>
    public SignatureAlgorithms Algorithms { get; }

    /// <summary>Reads the JWK Set with its <c>threshold</c>.</summary>
    /// <exception cref="FormatException">Not that: whoever keeps the roots must know at once.</exception>
    public static TrustRoots ParseJson(string json) => ParseJson(json, SignatureAlgorithms.Es256Only);

    /// <summary>Reads the JWK Set with its <c>threshold</c>, for a verifier that speaks more than ES256.</summary>
    /// <exception cref="FormatException">Not that, or a root of an algorithm that is not spoken: whoever keeps the roots must know at once.</exception>
    public static TrustRoots ParseJson(string json, SignatureAlgorithms algorithms) =>
        TryParseJson(json, algorithms, out var roots) ? roots : throw new FormatException("Not a root key set: a JWK Set of keys on a curve that is spoken here, with a threshold.");

    /// <summary>Like <see cref="ParseJson(string)"/>, for what a person typed.</summary>
    public static bool TryParseJson(string json, [NotNullWhen(true)] out TrustRoots? roots) => TryParseJson(json, SignatureAlgorithms.Es256Only, out roots);

    /// <summary>Like <see cref="ParseJson(string, SignatureAlgorithms)"/>, for what a person typed.</summary>
    public static bool TryParseJson(string json, SignatureAlgorithms algorithms, [NotNullWhen(true)] out TrustRoots? roots)
    {
        ArgumentNullException.ThrowIfNull(json);
        ArgumentNullException.ThrowIfNull(algorithms);
        roots = null;
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("threshold", out var threshold)
                || threshold.ValueKind != JsonValueKind.Number
                || !threshold.TryGetInt32(out var number)
                || !document.RootElement.TryGetProperty("keys", out var jwks)
                || jwks.ValueKind != JsonValueKind.Array)
            {
                return false;
            }

            long version = 1;
            if (document.RootElement.TryGetProperty("version", out var member) && (member.ValueKind != JsonValueKind.Number || !member.TryGetInt64(out version) || version < 1))
            {
                return false;
            }

            roots = new TrustRoots([.. jwks.EnumerateArray().Select(jwk => KeyOf(jwk, algorithms))], number, algorithms) { Version = version };
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            // JSON that is none or has half a character in a text, base64url that is none, keys that are none: an answer about the text.
            return false;
        }
    }

    /// <summary>Writes what <see cref="ParseJson(string)"/> reads, for <c>trust_roots</c> and for files.</summary>
    public string ToJson()
    {
        var keys = Keys.Select(key =>
            $$"""{"kty":"EC","crv":"{{CurveName(key.Algorithm)}}","alg":"{{(key.Algorithm == CoseAlgorithm.Sm2 ? "SM2" : "ES256")}}","kid":"{{key.KeyId}}","x":"{{Base64Url.EncodeToString(key.X)}}","y":"{{Base64Url.EncodeToString(key.Y)}}"}""");
        var version = Version == 1 ? string.Empty : $"\"version\":{Version},";
        return $$"""{{{version}}"threshold":{{Threshold}},"keys":[{{string.Join(',', keys)}}]}""";
    }

    internal PublicKey? Find(KeyId keyId) => keys.GetValueOrDefault(keyId);

    private static PublicKey KeyOf(JsonElement jwk, SignatureAlgorithms algorithms)
    {
        CoseAlgorithm? number = jwk.ValueKind != JsonValueKind.Object || Member(jwk, "kty") != "EC" ? null : Member(jwk, "crv") switch
        {
            "P-256" => CoseAlgorithm.Es256,
            "SM2" => CoseAlgorithm.Sm2,
            _ => null,
        };
        if (number is null || algorithms.Find(number.Value) is not { } algorithm)
        {
            throw new FormatException("Not an EC key on a curve that is spoken here.");
        }

        var x = Base64Url.DecodeFromChars(Member(jwk, "x"));
        var y = Base64Url.DecodeFromChars(Member(jwk, "y"));
        return PublicKey.TryCreate(algorithm, x, y, out var key) ? key : throw new FormatException("Not a point of its curve.");
    }

    private static string CurveName(CoseAlgorithm algorithm) => algorithm == CoseAlgorithm.Sm2 ? "SM2" : "P-256";

    private static string? Member(JsonElement jwk, string name) =>
        jwk.TryGetProperty(name, out var member) && member.ValueKind == JsonValueKind.String ? member.GetString() : null;
}
