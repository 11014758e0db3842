namespace OneCode.Sm;

/// <summary>
/// SM2 signatures with SM3 (GB/T 32918.2), the signer id pinned to the default of GM/T 0009: a verifier that took the id from anywhere else would let
/// a forger choose what is hashed.
/// </summary>
public static class Sm2
{
    internal static ReadOnlySpan<byte> SignerId => "1234567812345678"u8;

    /// <summary>The faster of what this machine has: OpenSSL 3 with SM2, else BouncyCastle.</summary>
    public static ISignatureAlgorithm Algorithm { get; } = OpenSsl.IsAvailable ? new OpenSslSm2() : new BouncySm2();

    /// <summary>ES256 and SM2, for <see cref="TrustRoots"/>.</summary>
    public static SignatureAlgorithms AndEs256 { get; } = new(Algorithm);

    internal static Sm2Backend Backend => (Sm2Backend)Algorithm;
}
