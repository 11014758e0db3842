namespace OneCode;

/// <summary>What a status list says about one index: the numbers of the Token Status List.</summary>
public enum StatusValue
{
    /// <summary>In force.</summary>
    Valid = 0,

    /// <summary>Withdrawn for good.</summary>
    Invalid = 1,

    /// <summary>Withdrawn for now.</summary>
    Suspended = 2,

    /// <summary>Reserved for applications. OC1 gives it no meaning, so a verifier does not know.</summary>
    Reserved = 3,
}
