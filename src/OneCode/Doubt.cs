namespace OneCode;

/// <summary>What a verifier lacks (SPEC 6.1). The names are stable, like those of <see cref="Rejection"/>.</summary>
public enum Doubt
{
    /// <summary>Root keys.</summary>
    RootsMissing = 1,

    /// <summary>A trust list that the roots vouch for.</summary>
    TrustMissing = 2,

    /// <summary>A newer trust list.</summary>
    TrustStale = 3,

    /// <summary>A key of that name: an old trust list, a foreign region and a forger look the same.</summary>
    KeyNotInTrustList = 4,

    /// <summary>The right time: something that we trust is signed later than now.</summary>
    ClockWrong = 5,

    /// <summary>The status list.</summary>
    StatusUnknown = 6,

    /// <summary>A newer status list.</summary>
    StatusStale = 7,

    /// <summary>A status list that reaches this code.</summary>
    NotCovered = 8,

    /// <summary>The algorithm of a key in the trust list, or of the phone: a verifier that speaks it can judge.</summary>
    AlgorithmUnsupported = 9,
}
