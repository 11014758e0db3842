namespace OneCode;

/// <summary>One entry of the trust list (SPEC 7.2): a key, whose it is, what for, from when until when.</summary>
public sealed record TrustedKey
{
    /// <summary>What the list name replaces in a template.</summary>
    public const string ListPlaceholder = "{list}";

    /// <summary>The key itself; its id and its algorithm follow from it.</summary>
    public required PublicKey PublicKey { get; init; }

    /// <summary>The region whose credentials or lists it signs.</summary>
    public required string Issuer { get; init; }

    /// <summary>The one thing that it signs.</summary>
    public required KeyPurpose Purpose { get; init; }

    /// <summary>It signs nothing with an <c>iat</c> before this.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>It signs nothing with an <c>iat</c> at or after this.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>The URI of a status list with <c>{list}</c> in place of its name. Never for <see cref="KeyPurpose.StatusList"/>.</summary>
    public string? StatusUriTemplate { get; init; }

    /// <summary>The minimum version: a clean answer from a status list issued earlier is stale. Stops old lists from being played back.</summary>
    public DateTimeOffset? StatusFloor { get; init; }

    /// <summary>Set when the key got out: nothing that it ever signed counts, for a thief dates things as he likes.</summary>
    public DateTimeOffset? WithdrawnSince { get; init; }

    /// <summary>The full URI of a status list; null when the key names none.</summary>
    public string? StatusUri(string list) => StatusUriTemplate?.Replace(ListPlaceholder, list, StringComparison.Ordinal);

    internal bool IsInForceAt(DateTimeOffset issuedAt) => From <= issuedAt && issuedAt < Until;
}
