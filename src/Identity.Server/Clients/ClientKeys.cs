using System.Text.Json;

namespace Identity.Server.Clients;

/// <summary>The public keys that a client registered (<c>jwks</c> of RFC 7591): with them it signs its client assertions.</summary>
internal static class ClientKeys
{
    private const int MostCharacters = 32 * 1024;
    private const int MostKeys = 10;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>
    /// The keys, or null where the text is no JWK Set, has a private key in it, a key that nobody could use, or two of one name.
    /// One bad key spoils the set: its owner would find out when the good ones have gone.
    /// </summary>
    public static IReadOnlyList<PublicKey>? Read(string? jwks)
    {
        if (jwks is null or { Length: > MostCharacters })
        {
            return null;
        }

        try
        {
            using var set = JsonDocument.Parse(jwks, Strict);
            if (set.RootElement.ValueKind != JsonValueKind.Object || !set.RootElement.TryGetProperty("keys", out var list)
                || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() is 0 or > MostKeys)
            {
                return null;
            }

            var keys = list.EnumerateArray().Select(PublicKey.Read).OfType<PublicKey>().ToArray();
            var names = keys.Where(key => key.KeyId is not null).Select(key => key.KeyId).ToArray();
            return keys.Length == list.GetArrayLength() && names.Distinct(StringComparer.Ordinal).Count() == names.Length ? keys : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
