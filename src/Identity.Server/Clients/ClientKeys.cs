using System.Text.Json;

namespace Identity.Server.Clients;

/// <summary>The public keys that a client registered (<c>jwks</c> of RFC 7591): with them it signs its client assertions.</summary>
internal static class ClientKeys
{
    private const int MostCharacters = 32 * 1024;
    private const int MostKeys = 10;
    private const int MostPublished = 100;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>
    /// The keys, or null where the text is no JWK Set, has a private key in it, a key that nobody could use, or two of one name.
    /// One bad key spoils the set: its owner would find out when the good ones have gone.
    /// </summary>
    public static IReadOnlyList<PublicKey>? Read(string? jwks)
    {
        if (Parse(jwks, MostKeys) is not { } list)
        {
            return null;
        }

        var keys = list.OfType<PublicKey>().ToArray();
        var names = keys.Where(key => key.KeyId is not null).Select(key => key.KeyId).ToArray();
        return keys.Length == list.Length && names.Distinct(StringComparer.Ordinal).Count() == names.Length ? keys : null;
    }

    /// <summary>
    /// A set that its owner publishes (<c>jwks_uri</c>) holds keys for others and for other things as well: those are passed over. Null where
    /// nothing usable is left.
    /// </summary>
    public static IReadOnlyList<PublicKey>? ReadPublished(string jwks) =>
        Parse(jwks, MostPublished)?.OfType<PublicKey>().Take(MostKeys).ToArray() is { Length: > 0 } usable ? usable : null;

    /// <summary>The keys in their order, null for each that is no usable one; null for what is no set.</summary>
    private static PublicKey?[]? Parse(string? jwks, int most)
    {
        if (jwks is null or { Length: > MostCharacters })
        {
            return null;
        }

        try
        {
            using var set = JsonDocument.Parse(jwks, Strict);
            return set.RootElement.ValueKind == JsonValueKind.Object && set.RootElement.TryGetProperty("keys", out var list)
                && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() is var count && count > 0 && count <= most
                    ? [.. list.EnumerateArray().Select(PublicKey.Read)]
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
