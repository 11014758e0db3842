using System.Globalization;
using System.Numerics;

namespace OneCode.Sm;

/// <summary>
/// The curve of GB/T 32918.5: y² = x³ - 3x + b over a prime that is 3 modulo 4. Only for public points: nothing here runs in constant time.
/// </summary>
internal static class Sm2Curve
{
    public const int Size = 32;

    public static readonly BigInteger Prime = Hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF");
    public static readonly BigInteger Order = Hex("FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123");
    private static readonly BigInteger A = Prime - 3;
    private static readonly BigInteger B = Hex("28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93");
    private static readonly BigInteger RootExponent = (Prime + 1) / 4;

    /// <summary>a, b and the base point as the signer's digest takes them in, 128 bytes.</summary>
    public static ReadOnlySpan<byte> Parameters => ParameterBytes;

    private static readonly byte[] ParameterBytes = Convert.FromHexString(
        "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
        + "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0");

    public static bool Contains(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        TryRead(x, out var fieldX) && TryRead(y, out var fieldY) && fieldY * fieldY % Prime == RightSide(fieldX);

    public static bool TryDecompress(ReadOnlySpan<byte> x, bool yIsOdd, Span<byte> y)
    {
        if (!TryRead(x, out var fieldX))
        {
            return false;
        }

        var square = RightSide(fieldX);
        var root = BigInteger.ModPow(square, RootExponent, Prime);
        if (root * root % Prime != square)
        {
            return false;
        }

        // The order is an odd prime, so no point has y = 0 and -y has the other parity.
        Write(root.IsEven == yIsOdd ? Prime - root : root, y);
        return true;
    }

    /// <summary>Writes 32 bytes, most significant first.</summary>
    public static void Write(BigInteger value, Span<byte> destination)
    {
        destination[..Size].Clear();
        var length = value.GetByteCount(isUnsigned: true);
        value.TryWriteBytes(destination[(Size - length)..Size], out _, isUnsigned: true, isBigEndian: true);
    }

    public static BigInteger Read(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    // One number, one encoding: nothing at the prime or above.
    private static bool TryRead(ReadOnlySpan<byte> bytes, out BigInteger value)
    {
        value = bytes.Length == Size ? Read(bytes) : Prime;
        return value < Prime;
    }

    private static BigInteger RightSide(BigInteger x) => (((((x * x) + A) % Prime) * x) + B) % Prime;

    private static BigInteger Hex(string text) => BigInteger.Parse("0" + text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
