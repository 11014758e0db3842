using System.Text.Json;

namespace Identity.Server.Web;

/// <summary>Texts in JSON that somebody else wrote.</summary>
internal static class JsonText
{
    /// <summary>Null for what is no text. So is half a character (<c>\ud800</c>), which the framework notices only when it is asked for, by throwing.</summary>
    public static string? Text(this JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The member's, of an object; null where there is none.</summary>
    public static string? Text(this JsonElement json, string member) => json.TryGetProperty(member, out var value) ? value.Text() : null;
}
