using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OneCode.Json;

/// <summary>JSON as people and scripts read it: Chinese as it is. Written without the serializer, which a native executable does not have.</summary>
internal static class JsonText
{
    public static string OneLine(JsonNode json) => Write(json, indented: false);

    public static string Indented(JsonNode json) => Write(json, indented: true);

    private static string Write(JsonNode json, bool indented)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = indented, NewLine = "\n" }))
        {
            json.WriteTo(writer);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
