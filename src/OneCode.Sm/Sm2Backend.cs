namespace OneCode.Sm;

/// <summary>One implementation of SM2. There are two, and a test holds them together.</summary>
internal abstract class Sm2Backend : ISignatureAlgorithm
{
    public CoseAlgorithm Algorithm => CoseAlgorithm.Sm2;

    public bool IsPoint(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => Sm2Curve.Contains(x, y);

    public bool TryDecompress(ReadOnlySpan<byte> x, bool yIsOdd, Span<byte> y) => Sm2Curve.TryDecompress(x, yIsOdd, y);

    public abstract ISignatureChecker Import(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y);

    /// <summary>Signs with the default signer id and gives <c>r || s</c>.</summary>
    public abstract byte[] Sign(Sm2PrivateKey key, ReadOnlySpan<byte> message);

    /// <summary>SM3 of the parts, one after the other.</summary>
    public abstract byte[] Digest(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second);

    /// <summary>Z of GB/T 32918.2, 5.5: who signs, hashed in front of what is signed.</summary>
    public byte[] SignerDigest(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        var id = Sm2.SignerId;
        Span<byte> named = stackalloc byte[2 + id.Length + Sm2Curve.Parameters.Length];
        named[0] = 0;
        named[1] = (byte)(8 * id.Length);
        id.CopyTo(named[2..]);
        Sm2Curve.Parameters.CopyTo(named[(2 + id.Length)..]);
        return Digest(named, [.. x, .. y]);
    }
}
