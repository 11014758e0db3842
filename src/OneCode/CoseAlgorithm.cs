namespace OneCode;

/// <summary>Signature algorithms by their COSE number. A key has one; a header never chooses.</summary>
public enum CoseAlgorithm
{
    /// <summary>ECDSA on P-256 with SHA-256, signature <c>r || s</c> of 64 bytes.</summary>
    Es256 = -7,
}
