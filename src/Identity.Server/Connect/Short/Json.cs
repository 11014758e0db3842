using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Identity.Server.Connect.Short;

/// <summary>Objects and signed tokens as bytes, without a model in between.</summary>
internal static class Json
{
    // Nothing of this is ever part of a page: "at+jwt" stays readable.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, Plain);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>A compact JWS (RFC 7515).</summary>
    public static string Sign(SigningCredentials by, string type, Action<Utf8JsonWriter> claims)
    {
        var header = Write(json =>
        {
            json.WriteString("alg", by.Algorithm);
            json.WriteString("kid", by.Key.KeyId);
            json.WriteString("typ", type);
        });
        var signed = $"{Base64Url.EncodeToString(header.Span)}.{Base64Url.EncodeToString(Write(claims).Span)}";
        var factory = by.Key.CryptoProviderFactory;
        var provider = factory.CreateForSigning(by.Key, by.Algorithm);
        try
        {
            return $"{signed}.{Base64Url.EncodeToString(provider.Sign(Encoding.ASCII.GetBytes(signed)))}";
        }
        finally
        {
            factory.ReleaseSignatureProvider(provider);
        }
    }
}
