namespace OneCode;

/// <summary>What a publisher puts into a trust list (SPEC 7.2). Unsigned, so no verifier takes it.</summary>
public sealed record TrustListContent
{
    /// <summary>The region that publishes it.</summary>
    public required string Publisher { get; init; }

    /// <summary>Greater in every list than in the one before.</summary>
    public required long Version { get; init; }

    /// <summary><c>iat</c></summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>When to look for a newer one.</summary>
    public required TimeSpan TimeToLive { get; init; }

    /// <summary><c>exp</c>: nothing passes from then on.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Each key once.</summary>
    public required IReadOnlyList<TrustedKey> Keys { get; init; }

    /// <summary>What other regions' levels count for here; a region without a row counts as it says. Any row makes the list one of <c>typ</c> 65005.</summary>
    public IReadOnlyList<LevelMapping> Levels { get; init; } = [];
}
