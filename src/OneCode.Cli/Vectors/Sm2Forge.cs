using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using OneCode.Sm;

namespace OneCode.Cli.Vectors;

/// <summary>SM2 signing with every choice open: nonce, signer id, hash. It makes what no honest signer would, for vectors alone.</summary>
internal sealed class Sm2Forge
{
    private static readonly BouncySm2 Sm3 = new();

    public Sm2Forge(BigInteger number)
    {
        Number = number;
        var point = BouncySm2.PointOf(SignatureVectors.Scalar(number));
        (X, Y) = (point[..32], point[32..]);
    }

    public BigInteger Number { get; }

    public byte[] X { get; }

    public byte[] Y { get; }

    /// <summary>The same number as <see cref="TestKeys"/> gives.</summary>
    public static Sm2Forge Of(string name) => new(Sm2Curve.Read(SHA256.HashData(Encoding.UTF8.GetBytes("onecode test key, not secret: " + name))));

    public byte[] Sign(byte[] message, byte[] id, BigInteger nonce) => SignDigest(Digest([.. Z(id, X, Y), .. message]), nonce);

    /// <summary>GB/T 32918.2, 6.1, from step A4 on.</summary>
    public byte[] SignDigest(byte[] digest, BigInteger nonce)
    {
        var n = Sm2Curve.Order;
        var x1 = Sm2Curve.Read(BouncySm2.PointOf(SignatureVectors.Scalar(nonce)).AsSpan(0, 32));
        var r = (Sm2Curve.Read(digest) + x1) % n;
        var s = BigInteger.ModPow(1 + Number, n - 2, n) * (((nonce - (r * Number)) % n) + n) % n;
        return [.. SignatureVectors.Scalar(r), .. SignatureVectors.Scalar(s)];
    }

    public static byte[] Digest(byte[] bytes) => Sm3.Digest(bytes, []);

    /// <summary>What a signer id hashes to, GB/T 32918.2, 5.5.</summary>
    public static byte[] Z(byte[] id, byte[] x, byte[] y) =>
        Digest([(byte)(id.Length * 8 >> 8), (byte)(id.Length * 8), .. id, .. Sm2Curve.Parameters, .. x, .. y]);
}
