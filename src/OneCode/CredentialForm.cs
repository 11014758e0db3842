namespace OneCode;

/// <summary>How a credential is carried. The numbers are on the wire (SPEC 3.1).</summary>
public enum CredentialForm
{
    /// <summary>Printed: no holder key, lower assurance, compared with a document.</summary>
    Paper = 1,

    /// <summary>On a phone: bound to its key, valid only inside a fresh presentation.</summary>
    Phone = 2,
}
