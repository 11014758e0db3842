namespace OneCode.P256;

/// <summary>The algorithm that everybody speaks.</summary>
internal sealed class Es256 : ISignatureAlgorithm
{
    private Es256()
    {
    }

    public static Es256 Instance { get; } = new();

    public CoseAlgorithm Algorithm => CoseAlgorithm.Es256;

    public bool IsPoint(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) => Curve.Contains(x, y);

    public bool TryDecompress(ReadOnlySpan<byte> x, bool yIsOdd, Span<byte> y) => Curve.TryDecompress(x, yIsOdd, y);

    public ISignatureChecker Import(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        OpenSslKey.IsAvailable ? OpenSslKey.Import(x, y) : new FrameworkKey(x, y);
}
