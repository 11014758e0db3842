using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.Server.Tests.Connect;

/// <summary>A client's key, and what it signs: client assertions and DPoP proofs that are valid as they are made; a test changes one thing.</summary>
internal sealed class Signer : IDisposable
{
    private readonly ECDsa? elliptic;
    private readonly RSA? rsa;

    public Signer(string algorithm = "ES256", string? keyId = "k1")
    {
        Algorithm = algorithm;
        KeyId = keyId;
        if (algorithm == "ES256")
        {
            elliptic = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        }
        else
        {
            rsa = RSA.Create(2048);
        }
    }

    public string Algorithm { get; }

    public string? KeyId { get; }

    public JsonObject PublicJwk
    {
        get
        {
            if (elliptic is not null)
            {
                var point = elliptic.ExportParameters(false).Q;
                return new() { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(point.X), ["y"] = Base64Url.EncodeToString(point.Y) };
            }

            var numbers = rsa!.ExportParameters(false);
            return new() { ["kty"] = "RSA", ["n"] = Base64Url.EncodeToString(numbers.Modulus), ["e"] = Base64Url.EncodeToString(numbers.Exponent) };
        }
    }

    public string Thumbprint => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(
        elliptic is null ? $$"""{"e":"AQAB","kty":"RSA","n":"{{PublicJwk["n"]}}"}""" : $$"""{"crv":"P-256","kty":"EC","x":"{{PublicJwk["x"]}}","y":"{{PublicJwk["y"]}}"}""")));

    public string PrivateMember => Base64Url.EncodeToString(elliptic!.ExportParameters(true).D);

    public static string Jwks(params Signer[] signers) => new JsonObject { ["keys"] = new JsonArray([.. signers.Select(signer => signer.NamedJwk())]) }.ToJsonString();

    public string Sign(JsonObject header, JsonObject claims)
    {
        static string Part(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
        var text = $"{Part(header)}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(text);
        var signature = elliptic?.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation)
            ?? rsa!.SignData(bytes, HashAlgorithmName.SHA256, Algorithm == "RS256" ? RSASignaturePadding.Pkcs1 : RSASignaturePadding.Pss);
        return $"{text}.{Base64Url.EncodeToString(signature)}";
    }

    /// <summary>RFC 7523: valid for a minute.</summary>
    public string Assertion(string clientId, string issuer, Action<JsonObject>? claims = null, Action<JsonObject>? header = null)
    {
        var head = new JsonObject { ["alg"] = Algorithm, ["typ"] = "client-authentication+jwt" };
        if (KeyId is not null)
        {
            head["kid"] = KeyId;
        }

        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var body = new JsonObject { ["iss"] = clientId, ["sub"] = clientId, ["aud"] = issuer, ["iat"] = now, ["exp"] = now + 60, ["jti"] = Random() };
        header?.Invoke(head);
        claims?.Invoke(body);
        return Sign(head, body);
    }

    /// <summary>Gives a request's form another assertion: for an attempt after the first, as each counts once.</summary>
    public Func<HttpRequestMessage, Task> AssertAnewAsync(string clientId, string issuer) => async request =>
    {
        if (request.Content is { } content)
        {
            var form = QueryHelpers.ParseQuery(await content.ReadAsStringAsync());
            form["client_assertion"] = Assertion(clientId, issuer);
            request.Content = new FormUrlEncodedContent(form.Select(pair => KeyValuePair.Create(pair.Key, pair.Value.ToString())));
        }
    };

    /// <summary>RFC 9449 4.2.</summary>
    public string Proof(string method, string uri, string? nonce, string? accessToken = null, Action<JsonObject>? claims = null, Action<JsonObject>? header = null)
    {
        var head = new JsonObject { ["typ"] = "dpop+jwt", ["alg"] = Algorithm, ["jwk"] = PublicJwk };
        var body = new JsonObject { ["htm"] = method, ["htu"] = uri, ["iat"] = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), ["jti"] = Random() };
        if (nonce is not null)
        {
            body["nonce"] = nonce;
        }

        if (accessToken is not null)
        {
            body["ath"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)));
        }

        header?.Invoke(head);
        claims?.Invoke(body);
        return Sign(head, body);
    }

    public void Dispose()
    {
        elliptic?.Dispose();
        rsa?.Dispose();
    }

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    private JsonObject NamedJwk()
    {
        var jwk = PublicJwk;
        jwk["use"] = "sig";
        if (KeyId is not null)
        {
            jwk["kid"] = KeyId;
        }

        return jwk;
    }
}
