namespace OneCode.Verifier;

/// <summary>Where a verifier gets its lists, and where it keeps them.</summary>
public sealed class CodeVerifierOptions
{
    /// <summary>Where the trust list is published. Null: lists are only taken in by hand or from the cache.</summary>
    public Uri? TrustListUri { get; set; }

    /// <summary>Another place to fetch status lists from than the trust list names, with <c>{list}</c>: a mirror. The lists' own signatures and URIs are checked all the same.</summary>
    public string? StatusMirror { get; set; }

    /// <summary>The issuer's one-code metadata. If it offers compact status (SPEC 13), the background refresh downloads that; status lists are fetched where it does not answer. Changes of root keys are looked for where it says.</summary>
    public Uri? MetadataUri { get; set; }

    /// <summary>Where compact status is published, if that is known without metadata.</summary>
    public Uri? CompactStatusUri { get; set; }

    /// <summary>Where changes of root keys (SPEC 14) are published, if that is known without metadata. Unset and without metadata, roots change by hand alone.</summary>
    public Uri? RootChangesUri { get; set; }

    /// <summary>Whether compact status is downloaded where it is offered.</summary>
    public bool FetchCompactStatus { get; set; } = true;

    /// <summary>Which compact series to hold, by name; all of them unless set. A gate that sees no phones of other days need not hold them.</summary>
    public Func<string, bool> CompactSeries { get; set; } = _ => true;

    /// <summary>Whether to fetch status lists at all.</summary>
    public bool FetchStatusLists { get; set; } = true;

    /// <summary>A folder for what was fetched, so that a restart without network still has lists. Null keeps them in memory only.</summary>
    public string? CacheFolder { get; set; }

    /// <summary>The least time between two tries to fetch the same thing: a forger with unknown keys must not make us a flood.</summary>
    public TimeSpan Retry { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the background refresh looks what is past its ttl.</summary>
    public TimeSpan RefreshEvery { get; set; } = TimeSpan.FromMinutes(1);
}
