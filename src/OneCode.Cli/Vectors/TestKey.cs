namespace OneCode.Cli.Vectors;

/// <summary>A signer with the half that may be shown.</summary>
internal sealed class TestKey(ISigner signer, PublicKey publicKey) : ISigner
{
    public PublicKey PublicKey => publicKey;

    public KeyId KeyId => signer.KeyId;

    public CoseAlgorithm Algorithm => signer.Algorithm;

    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> toBeSigned, CancellationToken cancellationToken) => signer.SignAsync(toBeSigned, cancellationToken);
}
