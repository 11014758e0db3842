namespace OneCode;

/// <summary>Signature algorithms by their COSE number. A key has one; a header never chooses.</summary>
public enum CoseAlgorithm
{
    /// <summary>ECDSA on P-256 with SHA-256, signature <c>r || s</c> of 64 bytes.</summary>
    Es256 = -7,

    /// <summary>SM2 with SM3 (GB/T 32918), signer id <c>1234567812345678</c>, signature <c>r || s</c> of 64 bytes. <c>OneCode.Sm</c> checks and makes them.</summary>
    Sm2 = -65539,
}
