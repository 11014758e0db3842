namespace OneCode;

/// <summary>Why a code failed (SPEC 6.1). The names are stable: in vectors, logs, pages, HTTP.</summary>
public enum Rejection
{
    /// <summary>Not an OC1 code, or a damaged one.</summary>
    Malformed = 1,

    /// <summary>A signed thing of another kind.</summary>
    UnexpectedType = 2,

    /// <summary>The header names an algorithm that the key does not have.</summary>
    AlgorithmMismatch = 3,

    /// <summary>Altered, or forged.</summary>
    SignatureInvalid = 4,

    /// <summary>Signed, but holds what a code must not hold.</summary>
    ContentNotAllowed = 5,

    /// <summary>The signing key was withdrawn: nothing it signed counts.</summary>
    KeyWithdrawn = 6,

    /// <summary>Signed by another region's key than it says.</summary>
    IssuerMismatch = 7,

    /// <summary>Signed by a key for something else.</summary>
    PurposeMismatch = 8,

    /// <summary>Signed outside the key's period.</summary>
    KeyNotInForce = 9,

    /// <summary>A phone's credential without the phone: a copy.</summary>
    HolderProofMissing = 10,

    /// <summary>A presentation around a credential that no phone holds.</summary>
    HolderProofUnexpected = 11,

    /// <summary>Not signed by the phone that holds it.</summary>
    HolderProofInvalid = 12,

    /// <summary>Made for somebody else.</summary>
    AudienceMismatch = 13,

    /// <summary>Its time has not come.</summary>
    NotYetValid = 14,

    /// <summary>Its time is over.</summary>
    Expired = 15,

    /// <summary>A presentation of another moment: a recording.</summary>
    NotFresh = 16,

    /// <summary>Withdrawn for good.</summary>
    Revoked = 17,

    /// <summary>Withdrawn for now.</summary>
    Suspended = 18,
}
