namespace OneCode.Sm;

/// <summary>Signs with an SM2 key in this process. The caller keeps the key's file; this type never sees it.</summary>
public sealed class Sm2Signer : ISigner, IDisposable
{
    private readonly Sm2PrivateKey key;

    /// <summary>Takes the key over: disposing the signer disposes it.</summary>
    public Sm2Signer(Sm2PrivateKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        this.key = key;
    }

    /// <summary>The half that may be shown.</summary>
    public PublicKey PublicKey => key.PublicKey;

    /// <inheritdoc/>
    public KeyId KeyId => PublicKey.KeyId;

    /// <inheritdoc/>
    public CoseAlgorithm Algorithm => CoseAlgorithm.Sm2;

    /// <inheritdoc/>
    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> toBeSigned, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Sm2.Backend.Sign(key, toBeSigned.Span));

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
