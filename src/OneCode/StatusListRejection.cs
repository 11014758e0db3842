namespace OneCode;

/// <summary>Why a status list was refused (SPEC 8). Says nothing about any code.</summary>
public enum StatusListRejection
{
    /// <summary>Not a signed status list, or a damaged one.</summary>
    Malformed = 1,

    /// <summary>A signed thing of another kind.</summary>
    UnexpectedType = 2,

    /// <summary>No key of that id in the trust list held.</summary>
    KeyNotInTrustList = 3,

    /// <summary>The header names an algorithm that the key does not have.</summary>
    AlgorithmMismatch = 4,

    /// <summary>Altered, or forged.</summary>
    SignatureInvalid = 5,

    /// <summary>The signing key was withdrawn.</summary>
    KeyWithdrawn = 6,

    /// <summary>Signed by a key for something else.</summary>
    PurposeMismatch = 7,

    /// <summary>Signed outside the key's period.</summary>
    KeyNotInForce = 8,

    /// <summary>Older than the one held, or another of the same moment.</summary>
    Rollback = 9,

    /// <summary>Signed in an algorithm that this verifier does not speak.</summary>
    AlgorithmUnsupported = 10,

    /// <summary>A compact delta that begins at another state than the one held.</summary>
    BaseMismatch = 11,

    /// <summary>The bytes of a compact state or of changes are not those that were signed for.</summary>
    BodyMismatch = 12,

    /// <summary>A compact delta whose changes lead to another state than it says.</summary>
    OutcomeMismatch = 13,
}
