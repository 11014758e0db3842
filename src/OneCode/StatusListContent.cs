namespace OneCode;

/// <summary>What a publisher puts into a status list token (SPEC 8). Unsigned, so no verifier takes it.</summary>
public sealed record StatusListContent
{
    /// <summary><c>sub</c>: the list's URI, byte for byte what the template expands to.</summary>
    public required string Uri { get; init; }

    /// <summary><c>iat</c>, which is the version too.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>When to look for a newer one.</summary>
    public required TimeSpan TimeToLive { get; init; }

    /// <summary><c>exp</c>: a clean answer is stale from then on.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary><c>aggregation_uri</c>: where the issuer says what lists it has. A member that verifiers read past; some readers want it.</summary>
    public string? AggregationUri { get; init; }

    /// <summary>The entries.</summary>
    public required StatusList List { get; init; }
}
