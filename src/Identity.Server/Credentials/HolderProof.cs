using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OneCode;
using OneCode.Sm;

namespace Identity.Server.Credentials;

/// <summary>
/// A holder's proof that a key is theirs and was used just now: the <c>jwt</c> proof type of OpenID4VCI 1.0, appendix F.1. Each check
/// says with the specification's own error name what it refuses.
/// </summary>
internal static class HolderProof
{
    private const int MostCharacters = 4096;
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    // One way to name the key; a second one is a second opinion. crit would change what the rest means.
    private static readonly string[] Unwanted = ["kid", "x5c", "crit", "jku", "trust_chain"];

    // Two members of one name are read differently by different readers.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>The key, or why not. Never throws on what a client sent.</summary>
    public static DeviceKey? Check(string? jwt, IReadOnlyCollection<string> audiences, Nonces nonces, DateTimeOffset now, out (string Code, string Detail) refusal)
    {
        refusal = default;
        if (jwt is null or { Length: > MostCharacters } || jwt.Split('.') is not [var head, var body, var signature])
        {
            return Refuse("invalid_proof", "A proof is not a compact JWT.", out refusal);
        }

        try
        {
            using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(head), Strict);
            using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(body), Strict);
            if (header.RootElement.ValueKind != JsonValueKind.Object || claims.RootElement.ValueKind != JsonValueKind.Object)
            {
                return Refuse("invalid_proof", "A proof's parts are not JSON objects.", out refusal);
            }

            // The type keeps a signature made for anything else (an ID token, a DPoP proof) from counting here.
            if (TextOf(header.RootElement, "typ") != "openid4vci-proof+jwt")
            {
                return Refuse("invalid_proof", "typ must be openid4vci-proof+jwt.", out refusal);
            }

            // JOSE has no name for SM2: this is ours, for phones whose hardware has it (SPEC 12.3).
            var isSm2 = TextOf(header.RootElement, "alg") == "SM2";
            if (!isSm2 && TextOf(header.RootElement, "alg") != "ES256")
            {
                return Refuse("invalid_proof", "alg must be ES256 or SM2.", out refusal);
            }

            if (Unwanted.Any(name => header.RootElement.TryGetProperty(name, out _))
                || !header.RootElement.TryGetProperty("jwk", out var jwk) || KeyOf(jwk, isSm2) is not { } point)
            {
                return Refuse("invalid_proof", "The key must be a jwk of the algorithm's curve in the header, and nothing else may name one.", out refusal);
            }

            if (!(isSm2 ? IsSignedBySm2(point, $"{head}.{body}", Base64Url.DecodeFromChars(signature)) : IsSigned(point, $"{head}.{body}", Base64Url.DecodeFromChars(signature))))
            {
                return Refuse("invalid_proof", "The signature does not hold.", out refusal);
            }

            if (!audiences.Contains(TextOf(claims.RootElement, "aud")))
            {
                return Refuse("invalid_proof", "aud must be this issuer.", out refusal);
            }

            if (!claims.RootElement.TryGetProperty("iat", out var iat) || iat.ValueKind != JsonValueKind.Number || !iat.TryGetInt64(out var seconds)
                || seconds < (now - Fresh).ToUnixTimeSeconds() || seconds > (now + Tolerance).ToUnixTimeSeconds())
            {
                return Refuse("invalid_proof", "iat is missing or not of now.", out refusal);
            }

            return nonces.IsFresh(TextOf(claims.RootElement, "nonce"))
                ? TryCreate(point, isSm2, out var key) ? key : Refuse("invalid_proof", "The key is not a point of its curve.", out refusal)
                : Refuse("invalid_nonce", "The nonce is missing, old, or not ours. Get a new one.", out refusal);
        }
        catch (Exception e) when (e is FormatException or JsonException or ArgumentException or CryptographicException or InvalidOperationException)
        {
            // What Base64Url, JSON and a key import throw at text they cannot read; JSON an InvalidOperationException for half a surrogate pair. Anything else is a fault of ours.
            return Refuse("invalid_proof", "A proof cannot be read.", out refusal);
        }
    }

    private static ECPoint? KeyOf(JsonElement jwk, bool isSm2)
    {
        // "d" is the private key: whoever sends it has lost it, and it must not become a code's key.
        if (jwk.ValueKind != JsonValueKind.Object || jwk.TryGetProperty("d", out _)
            || TextOf(jwk, "kty") != "EC" || TextOf(jwk, "crv") != (isSm2 ? "SM2" : "P-256")
            || TextOf(jwk, "x") is not { Length: 43 } x || TextOf(jwk, "y") is not { Length: 43 } y)
        {
            return null;
        }

        return new ECPoint { X = Base64Url.DecodeFromChars(x), Y = Base64Url.DecodeFromChars(y) };
    }

    private static bool IsSigned(ECPoint point, string text, byte[] signature)
    {
        using var key = ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point });
        return key.VerifyData(Encoding.ASCII.GetBytes(text), signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static bool IsSignedBySm2(ECPoint point, string text, byte[] signature) =>
        Sm2.Algorithm.IsPoint(point.X, point.Y) && Sm2.Algorithm.Import(point.X, point.Y).HasSigned(Encoding.ASCII.GetBytes(text), signature);

    private static bool TryCreate(ECPoint point, bool isSm2, [NotNullWhen(true)] out DeviceKey? key)
    {
        key = null;
        if (!isSm2)
        {
            return DeviceKey.TryCreate(point.X, point.Y, out key);
        }

        if (PublicKey.TryCreate(Sm2.Algorithm, point.X, point.Y, out var full))
        {
            key = DeviceKey.From(full);
        }

        return key is not null;
    }

    private static string? TextOf(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DeviceKey? Refuse(string code, string detail, out (string Code, string Detail) refusal)
    {
        refusal = (code, detail);
        return null;
    }
}
