using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server.Web;

namespace Identity.Server.Clients;

/// <summary>
/// A public key of somebody else, as a JWK (RFC 7517): P-256 for ES256, RSA from 2048 bits for PS256. The key decides the algorithm;
/// what a header says is only compared with it.
/// </summary>
internal sealed class PublicKey
{
    public const string Es256 = "ES256";
    public const string Ps256 = "PS256";

    private const int LeastRsaBytes = 256;
    private const int MostRsaBytes = 1024;

    // RFC 7518 6.2.2, 6.3.2, 6.4: whoever sends one of these has given the key away.
    private static readonly string[] Private = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

    private readonly ECParameters? _point;
    private readonly RSAParameters _rsa;

    // Taking in a point costs as much as checking a signature (it is held against the curve), and an imported key serves one caller at a
    // time. What is here lives as long as this; a key that came with one DPoP proof goes with the collector.
    private readonly ConcurrentQueue<ECDsa> _idle = [];

    private PublicKey(string thumbprint, ECParameters? point, RSAParameters rsa, string? keyId)
    {
        Thumbprint = thumbprint;
        KeyId = keyId;
        _point = point;
        _rsa = rsa;
    }

    public static IReadOnlyList<string> Algorithms { get; } = [Es256, Ps256];

    public string Algorithm => _point is null ? Ps256 : Es256;

    /// <summary>RFC 7638, SHA-256, base64url.</summary>
    public string Thumbprint { get; }

    public string? KeyId { get; }

    /// <summary>Null for what is no usable public key. Never throws on what was sent.</summary>
    public static PublicKey? Read(JsonElement jwk)
    {
        if (jwk.ValueKind != JsonValueKind.Object || Array.Exists(Private, name => jwk.TryGetProperty(name, out _))
            || (jwk.Text("use") is { } use && use != "sig"))
        {
            return null;
        }

        try
        {
            var key = jwk.Text("kty") switch
            {
                "EC" => EllipticOf(jwk),
                "RSA" => RsaOf(jwk),
                _ => null,
            };
            return key is not null && jwk.Text("alg") is { } algorithm && algorithm != key.Algorithm ? null : key;
        }
        catch (Exception e) when (e is FormatException or CryptographicException or InvalidOperationException)
        {
            // Base64Url, the import of a point that is on no curve, and JSON with half a surrogate pair. Anything else is a fault of ours.
            return null;
        }
    }

    public bool Verifies(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (_point is { } point)
        {
            var elliptic = _idle.TryDequeue(out var idle) ? idle : ECDsa.Create(point);
            var good = elliptic.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            _idle.Enqueue(elliptic);
            return good;
        }

        using var rsa = RSA.Create(_rsa);
        return rsa.VerifyData(data, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
    }

    private static PublicKey? EllipticOf(JsonElement jwk)
    {
        // 43 characters are 32 bytes; a shorter spelling of the same number would be a second name of the key.
        if (jwk.Text("crv") != "P-256" || jwk.Text("x") is not { Length: 43 } x || jwk.Text("y") is not { Length: 43 } y)
        {
            return null;
        }

        var point = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = Base64Url.DecodeFromChars(x), Y = Base64Url.DecodeFromChars(y) } };
        var onCurve = ECDsa.Create(point);
        var key = new PublicKey(ThumbprintOf($$"""{"crv":"P-256","kty":"EC","x":"{{Spelled(point.Q.X!)}}","y":"{{Spelled(point.Q.Y!)}}"}"""), point, default, jwk.Text("kid"));
        key._idle.Enqueue(onCurve);
        return key;
    }

    private static PublicKey? RsaOf(JsonElement jwk)
    {
        if (jwk.Text("n") is not { } n || jwk.Text("e") != "AQAB" || n.Length > MostRsaBytes * 2)
        {
            return null;
        }

        var modulus = Base64Url.DecodeFromChars(n);
        if (modulus.Length is < LeastRsaBytes or > MostRsaBytes || modulus[0] == 0)
        {
            return null;
        }

        var rsa = new RSAParameters { Modulus = modulus, Exponent = [1, 0, 1] };
        return new PublicKey(ThumbprintOf($$"""{"e":"AQAB","kty":"RSA","n":"{{Spelled(modulus)}}"}"""), null, rsa, jwk.Text("kid"));
    }

    private static string Spelled(byte[] number) => Base64Url.EncodeToString(number);

    private static string ThumbprintOf(string canonical) => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(canonical)));
}
