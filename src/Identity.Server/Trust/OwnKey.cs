using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using OneCode;
using OneCode.Sm;

namespace Identity.Server.Trust;

/// <summary>A private key of ours with the half that may be shown, of whichever algorithm its file says: P-256 or SM2.</summary>
internal sealed class OwnKey : ISigner, IDisposable
{
    private readonly ISigner _signer;

    private OwnKey(ISigner signer, PublicKey publicKey) => (_signer, PublicKey) = (signer, publicKey);

    public PublicKey PublicKey { get; }

    public KeyId KeyId => _signer.KeyId;

    public CoseAlgorithm Algorithm => _signer.Algorithm;

    /// <summary>False when the PEM is no private key, or one whose halves do not belong together: a damaged file can still parse.</summary>
    public static bool TryRead(string pem, [NotNullWhen(true)] out OwnKey? key)
    {
        key = null;
        if (Sm2Keys.TryReadPrivatePem(pem, out var sm2))
        {
            key = new OwnKey(new Sm2Signer(sm2), sm2.PublicKey);
            return true;
        }

        var ecdsa = ECDsa.Create();
        try
        {
            ecdsa.ImportFromPem(pem);
            var signer = new SoftwareSigner(ecdsa);
            var proof = ecdsa.SignData(signer.KeyId.ToBytes(), HashAlgorithmName.SHA256);
            if (ecdsa.VerifyData(signer.KeyId.ToBytes(), proof, HashAlgorithmName.SHA256))
            {
                key = new OwnKey(signer, signer.PublicKey);
                return true;
            }
        }
        catch (ArgumentException)
        {
            // No PEM, or a key of another kind.
        }
        catch (CryptographicException)
        {
            // PEM of something else.
        }

        ecdsa.Dispose();
        return false;
    }

    /// <summary>The public half of a PEM that holds either.</summary>
    /// <exception cref="ArgumentException">No key of an algorithm that we sign with.</exception>
    public static PublicKey ReadPublic(string pem)
    {
        if (Sm2Keys.TryReadPublicPem(pem, out var half))
        {
            return half;
        }

        if (Sm2Keys.TryReadPrivatePem(pem, out var sm2))
        {
            using (sm2)
            {
                return sm2.PublicKey;
            }
        }

        using var ecdsa = ECDsa.Create();
        ecdsa.ImportFromPem(pem);
        return PublicKey.From(ecdsa);
    }

    public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> toBeSigned, CancellationToken cancellationToken) => _signer.SignAsync(toBeSigned, cancellationToken);

    public void Dispose() => (_signer as IDisposable)?.Dispose();
}
