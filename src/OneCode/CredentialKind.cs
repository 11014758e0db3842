namespace OneCode;

/// <summary>What the credential is about. The numbers are not on the wire; the claim that is present says the kind.</summary>
public enum CredentialKind
{
    /// <summary>一人一证一码</summary>
    Person = 1,

    /// <summary>一企一照一码</summary>
    Enterprise = 2,

    /// <summary>一车一码</summary>
    Vehicle = 3,
}
