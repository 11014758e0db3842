using System.Security.Cryptography;

namespace OneCode.P256;

/// <summary>The framework's ECDsa, where there is no libcrypto of the version that we call, and to compare with.</summary>
internal sealed class FrameworkKey : ISignatureChecker
{
    private readonly ECParameters point;

    // ECDsa does not promise to be usable from several threads at once, and importing costs two verifications: one idle instance is kept.
    private ECDsa? idle;

    public FrameworkKey(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        point = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = new ECPoint { X = x.ToArray(), Y = y.ToArray() } };

    public bool HasSigned(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var key = Interlocked.Exchange(ref idle, null) ?? ECDsa.Create(point);
        var valid = key.VerifyData(message, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        if (Interlocked.Exchange(ref idle, key) is { } other)
        {
            other.Dispose();
        }

        return valid;
    }
}
