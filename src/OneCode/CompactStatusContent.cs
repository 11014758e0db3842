namespace OneCode;

/// <summary>What a publisher says about a state of a series (SPEC 13.3). Unsigned, so no verifier takes it.</summary>
public sealed record CompactStatusContent
{
    /// <summary>Which lists of a region belong together: <c>pm</c>, <c>pd261125</c>.</summary>
    public required string Series { get; init; }

    /// <summary>The URI of its lists with <c>{list}</c> in place of the name, as in the trust list.</summary>
    public required string StatusUriTemplate { get; init; }

    /// <summary>Greater for every new state. The same state signed again keeps its version.</summary>
    public required long Version { get; init; }

    /// <summary><c>iat</c>: the state was right then.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary>When to look for a newer one.</summary>
    public required TimeSpan TimeToLive { get; init; }

    /// <summary><c>exp</c>: a clean answer is stale from then on.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>SHA-256 of the state's encoding.</summary>
    public required ReadOnlyMemory<byte> StateDigest { get; init; }

    /// <summary>How many bytes that encoding has.</summary>
    public required int StateSize { get; init; }

    /// <summary>For a delta: from where, and by which changes. Null for a snapshot.</summary>
    public CompactStatusBase? Base { get; init; }
}

/// <summary>Where a delta begins.</summary>
/// <param name="Version">Of the state before.</param>
/// <param name="StateDigest">SHA-256 of the state before.</param>
/// <param name="ChangesDigest">SHA-256 of the changes.</param>
/// <param name="ChangesSize">How many bytes the changes have.</param>
public sealed record CompactStatusBase(long Version, ReadOnlyMemory<byte> StateDigest, ReadOnlyMemory<byte> ChangesDigest, int ChangesSize);
