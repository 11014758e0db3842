using System.Buffers.Text;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using OneCode;

namespace Identity.Server.Status;

/// <summary>The list as JWT (<c>application/statuslist+jwt</c>), for readers without CBOR. Says what the CWT says, signed by the same key.</summary>
internal static class StatusListJwt
{
    public const string MediaType = "application/statuslist+jwt";

    public static async ValueTask<byte[]> SignAsync(StatusListContent content, ISigner signer, CancellationToken cancellationToken)
    {
        var header = new JsonObject { ["alg"] = signer.Algorithm == CoseAlgorithm.Sm2 ? "SM2" : "ES256", ["kid"] = signer.KeyId.ToString(), ["typ"] = "statuslist+jwt" };
        var payload = new JsonObject
        {
            ["sub"] = content.Uri,
            ["iat"] = content.IssuedAt.ToUnixTimeSeconds(),
            ["exp"] = content.ExpiresAt.ToUnixTimeSeconds(),
            ["ttl"] = (long)content.TimeToLive.TotalSeconds,
            ["status_list"] = new JsonObject { ["bits"] = content.List.Bits, ["lst"] = Base64Url.EncodeToString(content.List.Deflate()) },
        };
        if (content.AggregationUri is { } aggregation)
        {
            payload["status_list"]!["aggregation_uri"] = aggregation;
        }

        var text = Encode(header) + "." + Encode(payload);
        var signature = await signer.SignAsync(Encoding.ASCII.GetBytes(text), cancellationToken);
        return Encoding.ASCII.GetBytes(text + "." + Base64Url.EncodeToString(signature));
    }

    /// <summary>The entries of one of our own, whatever key signed it.</summary>
    public static StatusList ReadOwn(byte[] jwt)
    {
        var payload = Base64Url.DecodeFromChars(Encoding.ASCII.GetString(jwt).Split('.')[1]);
        using var document = JsonDocument.Parse(payload);
        var list = document.RootElement.GetProperty("status_list");
        return StatusList.TryInflate(Base64Url.DecodeFromChars(list.GetProperty("lst").GetString()), list.GetProperty("bits").GetInt32(), out var entries)
            ? entries
            : throw new FormatException("A published list cannot be read back.");
    }

    // The default would write "+" as an escape, which is right, longer, and puzzles people.
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString(Plain)));
}
