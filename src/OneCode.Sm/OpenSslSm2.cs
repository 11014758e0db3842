using System.Buffers;
using System.Formats.Asn1;
using System.Security.Cryptography;

namespace OneCode.Sm;

/// <summary>
/// SM2 by libcrypto's EVP. The signer's digest Z is computed once a key instead of at every check, as EVP_DigestVerify would: what libcrypto is
/// given is SM3(Z || message).
/// </summary>
internal sealed class OpenSslSm2 : Sm2Backend
{
    private const int DigestSize = 32;
    private const int LongestDer = 72;
    private const int StackLimit = 1024;

    public override ISignatureChecker Import(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        new Key(OpenSsl.Import([4, .. x, .. y], []), SignerDigest(x, y));

    public override byte[] Sign(Sm2PrivateKey key, ReadOnlySpan<byte> message)
    {
        var publicKey = key.PublicKey;
        Span<byte> digest = stackalloc byte[DigestSize];
        Hash(SignerDigest(publicKey.X, publicKey.Y), message, digest);
        using var handle = OpenSsl.Import([4, .. publicKey.X, .. publicKey.Y], key.Number);
        using var context = OpenSsl.NewContext(0, handle, 0);
        Span<byte> der = stackalloc byte[LongestDer];
        nuint length = LongestDer;
        if (context.IsInvalid || OpenSsl.InitialiseSign(context) != 1 || OpenSsl.Sign(context, der, ref length, digest, DigestSize) != 1)
        {
            OpenSsl.ClearErrors();
            throw new CryptographicException("libcrypto did not sign with the SM2 key.");
        }

        var pair = new AsnReader(der[..(int)length].ToArray(), AsnEncodingRules.DER).ReadSequence();
        var signature = new byte[2 * Sm2Curve.Size];
        Sm2Curve.Write(pair.ReadInteger(), signature);
        Sm2Curve.Write(pair.ReadInteger(), signature.AsSpan(Sm2Curve.Size));
        return signature;
    }

    public override byte[] Digest(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        var digest = new byte[DigestSize];
        Hash(first, second, digest);
        return digest;
    }

    private static void Hash(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> digest)
    {
        var length = first.Length + second.Length;
        var rented = length <= StackLimit ? null : ArrayPool<byte>.Shared.Rent(length);
        var data = rented is null ? stackalloc byte[StackLimit] : rented;
        first.CopyTo(data);
        second.CopyTo(data[first.Length..]);
        OpenSsl.Digest(data[..length], digest);
        if (rented is not null)
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private sealed class Key(OpenSsl.KeyHandle handle, byte[] signerDigest) : ISignatureChecker
    {
        // A context is for one thread, and making one costs a tenth of a check: one idle instance is kept. The key behind it may be shared, for checking only reads it.
        private OpenSsl.ContextHandle? idle;

        public bool HasSigned(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
        {
            if (signature.Length != 2 * Sm2Curve.Size)
            {
                return false;
            }

            Span<byte> digest = stackalloc byte[DigestSize];
            Hash(signerDigest, message, digest);
            Span<byte> der = stackalloc byte[LongestDer];
            var length = WriteDer(signature, der);

            var context = Interlocked.Exchange(ref idle, null) ?? NewContext();
            var holds = OpenSsl.Verify(context, der, (nuint)length, digest, DigestSize) == 1;
            if (!holds)
            {
                // What it left in this thread's queue must not be read by the framework as its own.
                OpenSsl.ClearErrors();
            }

            Interlocked.Exchange(ref idle, context)?.Dispose();
            return holds;
        }

        private OpenSsl.ContextHandle NewContext()
        {
            var context = OpenSsl.NewContext(0, handle, 0);
            return !context.IsInvalid && OpenSsl.InitialiseVerify(context) == 1
                ? context
                : throw new InvalidOperationException("libcrypto does not verify with an SM2 key any more.");
        }

        // Ranges of r and s, and of their sum, are libcrypto's to check.
        private static int WriteDer(ReadOnlySpan<byte> signature, Span<byte> der)
        {
            var length = 2;
            length += WriteInteger(signature[..Sm2Curve.Size], der[length..]);
            length += WriteInteger(signature[Sm2Curve.Size..], der[length..]);
            der[0] = 0x30;
            der[1] = (byte)(length - 2);
            return length;
        }

        private static int WriteInteger(ReadOnlySpan<byte> value, Span<byte> der)
        {
            // Shortest form: no leading zeros, but one in front of a high bit, and one for zero itself.
            var trimmed = value.TrimStart((byte)0);
            var zero = trimmed.IsEmpty || trimmed[0] >= 0x80 ? 1 : 0;
            der[0] = 0x02;
            der[1] = (byte)(trimmed.Length + zero);
            der[2] = 0;
            trimmed.CopyTo(der[(2 + zero)..]);
            return 2 + zero + trimmed.Length;
        }
    }
}
