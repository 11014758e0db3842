using System.CommandLine;
using System.Text.Json.Nodes;
using OneCode.Json;
using OneCode.Wire;

namespace OneCode.Cli;

/// <summary><c>onecode inspect</c>: what a text says, unchecked, for developers.</summary>
internal static class InspectCommand
{
    public static Command Create()
    {
        var text = new Argument<string>("TEXT") { Description = "The scanned text." };
        var command = new Command("inspect", "Take a code text apart. Nothing is verified: never let anyone in for it.") { text };
        command.SetAction(result =>
        {
            var json = Inspect(result.GetValue(text)!);
            result.InvocationConfiguration.Output.WriteLine(JsonText.OneLine(json));
            return json["problem"] is null ? ExitCodes.Passed : ExitCodes.Failed;
        });
        return command;
    }

    private static JsonObject Inspect(string text)
    {
        var json = new JsonObject { ["warning"] = "not verified" };
        if (CodeText.Decode(text) is not { } bytes)
        {
            json["problem"] = "not a code text";
            return json;
        }

        json["bytes"] = bytes.Length;
        if (!CoseSign1.TryRead(bytes, Labels.CodeItems, out var message))
        {
            json["problem"] = $"structure: {CoseSign1.WhyNot(bytes)}";
            return json;
        }

        if (CodeHeader.TryRead(message.Protected, isInside: false, out var header) is { } rejection)
        {
            json["problem"] = $"header: {rejection}";
            return json;
        }

        if (header.IsPresentation)
        {
            json["presentation"] = Presentation.TryReadClaims(message.Payload, out var signedAt) is { } wrong ? wrong.ToString() : ClaimsJson.Time(signedAt);
            if (!CoseSign1.TryRead(header.Inner, Labels.CodeItems, out message) || CodeHeader.TryRead(message.Protected, isInside: true, out header) is not null)
            {
                json["problem"] = "presentation of nothing readable";
                return json;
            }
        }

        json["algorithm"] = header.Algorithm;
        json["keyId"] = header.KeyId.ToString();
        if (ClaimsCodec.TryRead(message.Payload, out var claims) is { } unfit)
        {
            json["problem"] = $"claims: {unfit}";
            return json;
        }

        json["claims"] = ClaimsJson.Of(claims);
        return json;
    }
}
