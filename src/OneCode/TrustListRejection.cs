namespace OneCode;

/// <summary>Why a trust list was refused (SPEC 7.4). Says nothing about any code.</summary>
public enum TrustListRejection
{
    /// <summary>Not a signed trust list, or a damaged one.</summary>
    Malformed = 1,

    /// <summary>A signed thing of another kind.</summary>
    UnexpectedType = 2,

    /// <summary>A root's signature does not hold.</summary>
    SignatureInvalid = 3,

    /// <summary>Fewer roots signed it than must.</summary>
    ThresholdNotMet = 4,

    /// <summary>Older than the one held, or another of the same version.</summary>
    Rollback = 5,
}
