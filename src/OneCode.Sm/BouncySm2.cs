using Org.BouncyCastle.Asn1.GM;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Security;

namespace OneCode.Sm;

/// <summary>SM2 by BouncyCastle: managed code, everywhere, about a third as fast as OpenSSL.</summary>
internal sealed class BouncySm2 : Sm2Backend
{
    private static readonly ECDomainParameters Domain = new(CustomNamedCurves.GetByOid(GMObjectIdentifiers.sm2p256v1));

    /// <summary>The point of a private number.</summary>
    public static byte[] PointOf(ReadOnlySpan<byte> number) => Domain.G.Multiply(new BigInteger(1, number.ToArray())).Normalize().GetEncoded(compressed: false)[1..];

    public override ISignatureChecker Import(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => new Key(x, y);

    public override byte[] Sign(Sm2PrivateKey key, ReadOnlySpan<byte> message)
    {
        var number = new ECPrivateKeyParameters(new BigInteger(1, key.Number.ToArray()), Domain);
        var signer = new SM2Signer(PlainDsaEncoding.Instance);
        signer.Init(forSigning: true, new ParametersWithID(new ParametersWithRandom(number, new SecureRandom()), Sm2.SignerId.ToArray()));
        signer.BlockUpdate(message);
        return signer.GenerateSignature();
    }

    public override byte[] Digest(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var digest = new SM3Digest();
        digest.BlockUpdate(first);
        digest.BlockUpdate(second);
        var value = new byte[digest.GetDigestSize()];
        digest.DoFinal(value);
        return value;
    }

    private sealed class Key : ISignatureChecker
    {
        private readonly ParametersWithID key;

        public Key(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
        {
            var point = Domain.Curve.CreatePoint(new BigInteger(1, x.ToArray()), new BigInteger(1, y.ToArray()));
            key = new ParametersWithID(new ECPublicKeyParameters(point, Domain), Sm2.SignerId.ToArray());
        }

        public bool HasSigned(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            if (signature.Length != 2 * Sm2Curve.Size)
            {
                return false;
            }

            // A signer is for one thread and one signature; making one costs nothing beside the check.
            var signer = new SM2Signer(PlainDsaEncoding.Instance);
            signer.Init(forSigning: false, key);
            signer.BlockUpdate(message);
            return signer.VerifySignature(signature.ToArray());
        }
    }
}
