namespace OneCode.Cli.Vectors;

/// <summary>One case: what a verifier holds, what it scans, what it must say.</summary>
internal sealed record Vector(string Name, string Comment, string Expect)
{
    /// <summary>Made by this, when the text is not written out.</summary>
    public ACode? Code { get; init; }

    public string? Text { get; init; }

    /// <summary>Other texts for the same verifier at the same moment, and what it must say.</summary>
    public IReadOnlyList<(ACode Code, string Expect)> Also { get; init; } = [];

    /// <summary>What the person's level counts for, where that is not what the code says.</summary>
    public int? Level { get; init; }

    /// <summary>Seconds: what every language reads.</summary>
    public DateTimeOffset Now { get; init; } = World.Now;

    public TrustRoots? Roots { get; init; } = World.Roots;

    /// <summary>Whether the verifier of this case speaks ES256 and nothing else.</summary>
    public bool WithoutSm2 { get; init; }

    /// <summary>Taken in one after the other.</summary>
    public IReadOnlyList<byte[]> TrustLists { get; init; } = [World.Trust];

    /// <summary>Taken in one after the other, after the trust lists.</summary>
    public IReadOnlyList<byte[]> StatusLists { get; init; } = World.StatusLists;

    /// <summary>The rejection of each trust list that is not accepted, by its place.</summary>
    public IReadOnlyDictionary<int, TrustListRejection> RefusedTrustLists { get; init; } = new Dictionary<int, TrustListRejection>();

    /// <summary>The rejection of each status list that is not accepted, by its place.</summary>
    public IReadOnlyDictionary<int, StatusListRejection> RefusedStatusLists { get; init; } = new Dictionary<int, StatusListRejection>();
}
