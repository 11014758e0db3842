namespace OneCode.P256;

/// <summary>y² = x³ - 3x + b: what .NET does not offer, a point from its x and one bit.</summary>
internal static class Curve
{
    public const int CoordinateSize = 32;

    /// <summary>Writes y. False when no point has this x, or x is not below the prime.</summary>
    public static bool TryDecompress(ReadOnlySpan<byte> x, bool yIsOdd, Span<byte> y)
    {
        if (!FieldElement.TryRead(x, out var fieldX) || !RightSide(fieldX).TrySquareRoot(out var root))
        {
            return false;
        }

        root.Write(y);
        if ((y[CoordinateSize - 1] & 1) == 1 != yIsOdd)
        {
            // There is no point with y = 0 on this curve, so -y is another number with the other parity.
            (default(FieldElement) - root).Write(y);
        }

        return true;
    }

    /// <summary>An imported key is a point on this very curve: other curves of the same size are how ES256 was fooled before.</summary>
    public static bool Contains(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        FieldElement.TryRead(x, out var fieldX)
        && FieldElement.TryRead(y, out var fieldY)
        && (fieldY * fieldY).IsSameAs(RightSide(fieldX));

    private static FieldElement RightSide(in FieldElement x) => (((x * x) - FieldElement.Three) * x) + FieldElement.B;
}
