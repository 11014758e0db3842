namespace OneCode;

/// <summary>A credential whose issuer's signature was checked, and the device key once it was needed.</summary>
internal sealed record VerifiedCredential(CredentialClaims Claims, TrustedKey SignedBy, PublicKey? DeviceKey)
{
    /// <summary>Decompressed from <c>cnf</c>; importing it is what costs, so it is kept.</summary>
    public PublicKey? DeviceKey { get; set; } = DeviceKey;
}
