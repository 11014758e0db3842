using System.Security.Cryptography;

namespace OneCode;

/// <summary>Signs with a P-256 key in this process. The caller keeps the key's file; this type never sees it.</summary>
public sealed class SoftwareSigner : ISigner, IDisposable
{
    // ECDsa does not promise to be usable from several threads at once.
    private readonly Lock gate = new();
    private readonly ECDsa key;

    /// <summary>Takes the key over: disposing the signer disposes it.</summary>
    public SoftwareSigner(ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        PublicKey = PublicKey.From(key);
        this.key = key;
    }

    /// <summary>The half that may be shown.</summary>
    public PublicKey PublicKey { get; }

    /// <inheritdoc/>
    public KeyId KeyId => PublicKey.KeyId;

    /// <inheritdoc/>
    public CoseAlgorithm Algorithm => CoseAlgorithm.Es256;

    /// <inheritdoc/>
    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> toBeSigned, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return ValueTask.FromResult(key.SignData(toBeSigned.Span, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();
}
