namespace OneCode;

/// <summary>
/// What a guard acts on (SPEC 9.3). A verdict has many reasons and a gate few lamps, but never fewer than these: "withdrawn", "perhaps out of date" and "not in
/// my lists" call for different words to the person who stands there.
/// </summary>
public enum Answer
{
    /// <summary>Genuine, in force, status known to be clean.</summary>
    Valid = 1,

    /// <summary>Withdrawn for good.</summary>
    Revoked = 2,

    /// <summary>Withdrawn for now.</summary>
    Suspended = 3,

    /// <summary>Genuine; the status or trust list held is too old to be sure.</summary>
    Stale = 4,

    /// <summary>Genuine; no list held answers for it.</summary>
    NotCovered = 5,

    /// <summary>Forged, expired, shown by another phone: whatever else is wrong with the code.</summary>
    Invalid = 6,

    /// <summary>The verifier lacks something else: roots, a trust list, the key, the algorithm, the right time.</summary>
    CannotTell = 7,
}
