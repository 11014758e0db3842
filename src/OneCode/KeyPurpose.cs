namespace OneCode;

/// <summary>What a key of the trust list signs: one thing. The numbers are on the wire (SPEC 7.2).</summary>
public enum KeyPurpose
{
    /// <summary>Credentials of persons.</summary>
    Person = 1,

    /// <summary>Credentials of enterprises.</summary>
    Enterprise = 2,

    /// <summary>Credentials of vehicles.</summary>
    Vehicle = 3,

    /// <summary>Status lists.</summary>
    StatusList = 4,
}
