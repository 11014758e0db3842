using OneCode.Wire;

namespace OneCode;

/// <summary>A status list before its signature.</summary>
public sealed class PreparedStatusList
{
    private readonly KeyId keyId;
    private readonly byte[] protectedHeader;
    private readonly byte[] payload;

    internal PreparedStatusList(KeyId keyId, byte[] protectedHeader, byte[] payload)
    {
        this.keyId = keyId;
        this.protectedHeader = protectedHeader;
        this.payload = payload;
    }

    /// <summary>Signs with the key that was prepared for and gives the published bytes.</summary>
    public async ValueTask<byte[]> CompleteAsync(ISigner signer, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(signer);
        if (signer.KeyId != keyId)
        {
            throw new InvalidOperationException("The signer is not the key that this list was prepared for.");
        }

        var signature = await signer.SignAsync(CoseSign1.ToBeSigned(protectedHeader, payload), cancellationToken).ConfigureAwait(false);
        return CoseSign1.Write(protectedHeader, payload, Signatures.Checked(signature));
    }
}
