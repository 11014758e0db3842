using System.Globalization;
using System.Text.Json.Nodes;
using OneCode.Json;
using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>A vector as a file: the schema is tests/vectors/README.md.</summary>
internal static class VectorFile
{
    public static string Write(Vector vector)
    {
        // Signatures are random: the text is made once, and everything below describes that one.
        var text = vector.Text ?? vector.Code!.Text();
        var json = new JsonObject
        {
            ["name"] = vector.Name,
            ["comment"] = vector.Comment,
            ["now"] = vector.Now.ToUnixTimeSeconds(),
            ["roots"] = vector.Roots is null ? null : JsonNode.Parse(vector.Roots.ToJson()),
            ["trustLists"] = Hex(vector.TrustLists),
            ["statusLists"] = Hex(vector.StatusLists),
            ["text"] = text,
        };
        if (vector.WithoutSm2)
        {
            json["algorithms"] = new JsonArray("ES256");
        }

        if (CodeText.Decode(text) is { } bytes)
        {
            json["bytes"] = Convert.ToHexStringLower(bytes);
            AddLayers(json, bytes);
        }

        json["expect"] = Expect(vector);
        if (vector.Also.Count > 0)
        {
            json["also"] = new JsonArray([.. vector.Also.Select(also => (JsonNode)new JsonObject { ["text"] = also.Code.Text(), ["expect"] = Expect(also.Expect) })]);
        }

        return Write(json);
    }

    public static string Write(JsonObject json) => JsonText.Indented(json) + "\n";

    private static JsonObject Expect(string line)
    {
        var words = line.Split(' ');
        var expect = new JsonObject { ["verdict"] = words[0].ToLower(CultureInfo.InvariantCulture) };
        if (words.Length > 1)
        {
            expect["reason"] = words[1];
            expect["step"] = words[2];
        }

        return expect;
    }

    private static JsonObject Expect(Vector vector)
    {
        var expect = Expect(vector.Expect);
        if (vector.Level is { } level)
        {
            expect["level"] = level;
        }

        expect["trustLists"] = Answers(vector.TrustLists.Count, i => vector.RefusedTrustLists.TryGetValue(i, out var refused) ? refused.ToString() : null);
        expect["statusLists"] = Answers(vector.StatusLists.Count, i => vector.RefusedStatusLists.TryGetValue(i, out var refused) ? refused.ToString() : null);
        return expect;
    }

    // Each layer as far as it can be read, so that an implementer sees where he parts from us.
    private static void AddLayers(JsonObject json, byte[] bytes)
    {
        if (!CoseSign1.TryRead(bytes, Labels.CodeItems, out var message))
        {
            return;
        }

        json["message"] = Layers(message);
        if (CodeHeader.TryRead(message.Protected, isInside: false, out var header) is null
            && header.IsPresentation
            && CoseSign1.TryRead(header.Inner, Labels.CodeItems, out var inner))
        {
            json["credential"] = Layers(inner);
            message = inner;
        }

        if (ClaimsCodec.TryRead(message.Payload, out var claims) is null)
        {
            json["claims"] = ClaimsJson.Of(claims);
        }
    }

    private static JsonObject Layers(in CoseSign1 message) => new()
    {
        ["protected"] = Convert.ToHexStringLower(message.Protected),
        ["payload"] = Convert.ToHexStringLower(message.Payload),
        ["signature"] = Convert.ToHexStringLower(message.Signature),
        ["toBeSigned"] = Convert.ToHexStringLower(CoseSign1.ToBeSigned(message.Protected, message.Payload)),
    };

    private static JsonArray Hex(IReadOnlyList<byte[]> lists) => [.. lists.Select(list => (JsonNode)Convert.ToHexStringLower(list))];

    private static JsonArray Answers(int count, Func<int, string?> rejection) => [.. Enumerable.Range(0, count).Select(i => (JsonNode)(rejection(i) ?? "accepted"))];
}
