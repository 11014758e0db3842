using OneCode.Wire;

namespace OneCode;

/// <summary>A credential before its signature. It can be signed once.</summary>
public sealed class PreparedCredential
{
    private readonly KeyId keyId;
    private readonly CoseAlgorithm algorithm;
    private readonly byte[] protectedHeader;
    private readonly byte[] payload;
    private int redeemed;

    internal PreparedCredential(CredentialClaims claims, KeyId keyId, CoseAlgorithm algorithm, byte[] protectedHeader, byte[] payload)
    {
        Claims = claims;
        this.keyId = keyId;
        this.algorithm = algorithm;
        this.protectedHeader = protectedHeader;
        this.payload = payload;
        ToBeSigned = CoseSign1.ToBeSigned(protectedHeader, payload);
    }

    /// <summary>The claims as a verifier will read them.</summary>
    public CredentialClaims Claims { get; }

    /// <summary>The Sig_structure: what the intent records a hash of, and the signer signs.</summary>
    public ReadOnlyMemory<byte> ToBeSigned { get; }

    /// <summary>Signs with the key that was prepared for.</summary>
    /// <exception cref="InvalidOperationException">Signed already, or another key's signer.</exception>
    public async ValueTask<SignedCredential> CompleteAsync(ISigner signer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(signer);
        if (signer.KeyId != keyId || signer.Algorithm != algorithm)
        {
            throw new InvalidOperationException("The signer is not the key that this credential was prepared for.");
        }

        if (Interlocked.Exchange(ref redeemed, 1) != 0)
        {
            throw new InvalidOperationException("A prepared credential is signed once.");
        }

        var signature = await signer.SignAsync(ToBeSigned, cancellationToken).ConfigureAwait(false);
        return new SignedCredential(Claims, CoseSign1.Write(protectedHeader, payload, Signatures.Checked(signature)));
    }
}
