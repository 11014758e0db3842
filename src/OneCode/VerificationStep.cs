namespace OneCode;

/// <summary>The numbered steps of SPEC 6.</summary>
public enum VerificationStep
{
    /// <summary>The text's own form.</summary>
    Text = 1,

    /// <summary>CBOR and COSE.</summary>
    Structure = 2,

    /// <summary><c>typ</c> and the header's labels.</summary>
    Type = 3,

    /// <summary>The key id in the trust list.</summary>
    Key = 4,

    /// <summary>The issuer's signature.</summary>
    Signature = 5,

    /// <summary>The claims and the content rule.</summary>
    Claims = 6,

    /// <summary>What the key may sign.</summary>
    Scope = 7,

    /// <summary>The phone's proof.</summary>
    Holder = 8,

    /// <summary>Validity and freshness.</summary>
    Time = 9,

    /// <summary>Revoked or suspended.</summary>
    Status = 10,

    /// <summary>Whether what we hold is recent enough to be sure.</summary>
    Confidence = 11,
}
