using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OneCode.Cli.Vectors;
using OneCode.P256;

namespace OneCode.Tests;

public sealed class CurveTests
{
    private static readonly BigInteger Prime = BigInteger.Parse("0ffffffff00000001000000000000000000000000ffffffffffffffffffffffff", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static readonly BigInteger OutOfMontgomery = BigInteger.ModPow(BigInteger.One << 256, Prime - 2, Prime);

    [Fact]
    public void Decompressing_gives_the_y_that_the_framework_has()
    {
        for (var i = 0; i < 200; i++)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var point = key.ExportParameters(false).Q;
            var y = new byte[32];
            Assert.True(Curve.TryDecompress(point.X, (point.Y![31] & 1) == 1, y));
            Assert.Equal(point.Y, y);
            Assert.True(Curve.Contains(point.X, y));
            y[31] ^= 1;
            Assert.False(Curve.Contains(point.X, y));
        }
    }

    [Fact]
    public void Field_arithmetic_is_that_of_big_numbers()
    {
        var dice = new Dice(256);
        for (var i = 0; i < 2000; i++)
        {
            var (a, b) = (Number(dice), Number(dice));
            Assert.Equal((a + b) % Prime, Value(Element(a) + Element(b)));
            Assert.Equal((((a - b) % Prime) + Prime) % Prime, Value(Element(a) - Element(b)));
            Assert.Equal(a * b % Prime, Value(Element(a) * Element(b)));
            Assert.Equal(BigInteger.ModPow(a, (Prime - 1) / 2, Prime) <= 1, Element(a).TrySquareRoot(out var root));
            Assert.True(root.IsSameAs(Element(BigInteger.ModPow(a, (Prime + 1) / 4, Prime))));
        }
    }

    [Fact]
    public void Numbers_that_differ_in_one_place_are_two()
    {
        var number = (BigInteger.One << 255) + 5;
        var one = Element(number * OutOfMontgomery % Prime);
        Assert.True(one.IsSameAs(Element(number * OutOfMontgomery % Prime)));
        Assert.All([0, 64, 128, 192], place => Assert.False(one.IsSameAs(Element((number + (BigInteger.One << place)) * OutOfMontgomery % Prime))));
    }

    [Fact]
    public void A_number_has_one_encoding()
    {
        Assert.False(FieldElement.TryRead(Bytes(Prime), out _));
        Assert.False(FieldElement.TryRead(Bytes(Prime + 1), out _));
        Assert.True(FieldElement.TryRead(Bytes(Prime - 1), out var last));
        Assert.Equal(Prime - 1, Value(last));
        Assert.False(FieldElement.TryRead(new byte[31], out _));
        Assert.False(FieldElement.TryRead(new byte[33], out _));
    }

    [Fact]
    public void A_signature_that_does_not_hold_leaves_nothing_for_whoever_asks_the_library_next()
    {
        var key = TestKeys.Of("device").PublicKey;
        using var native = OpenSslKey.Import(key.X, key.Y);
        Assert.False(native.HasSigned([1], new byte[64]));
        Assert.Equal(0u, OldestError());
        Assert.False(native.HasSigned([1], new byte[63]));
        Assert.False(native.HasSigned([1], new byte[65]));
        Assert.Throws<InvalidOperationException>(() => OpenSslKey.Import(key.Y, key.X));
    }

    [Fact]
    public void A_thumbprint_is_that_of_RFC_9679()
    {
        var x = Convert.FromHexString("65eda5a12577c2bae829437fe338701a10aaa375e1bb5b5de108de439c08551d");
        var y = Convert.FromHexString("1e52ed75701163f7f9e40ddf9f341b3dc9ba860af7e0ca7ca7e9eecd0084d19c");
        Assert.True(PublicKey.TryCreate(x, y, out var key));
        Assert.Equal("496bd8afadf307e5", key.KeyId.ToString());
        Assert.True(KeyId.TryParse("496bd8afadf307e5", out var parsed));
        Assert.Equal(key.KeyId, parsed);
        Assert.Equal(key.KeyId, new KeyId(key.KeyId.ToBytes()));
    }

    [Fact]
    public void A_point_of_another_curve_of_the_same_size_is_refused()
    {
        // brainpoolP256r1 was taken for ES256 before: dotnet/runtime#121214.
        using var key = ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1);
        Assert.Throws<ArgumentException>(() => PublicKey.From(key));
    }

    [Fact]
    public void Libcrypto_and_the_framework_agree_on_every_signature()
    {
        Assert.True(OpenSslKey.IsAvailable || !OperatingSystem.IsLinux());
        var dice = new Dice(22449);
        var order = OneCode.Cli.Vectors.SignatureVectors.Order;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(false).Q;
        using var native = OpenSslKey.Import(point.X, point.Y);
        var framework = new FrameworkKey(point.X, point.Y);
        var agreed = 0;
        for (var i = 0; i < 2000; i++)
        {
            var message = BitConverter.GetBytes(i);
            var signature = key.SignData(message, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
            BigInteger[] edges = [0, 1, order - 1, order, order + 1, (BigInteger.One << 256) - 1, BigInteger.One << 255, 127, 128];
            switch (dice.Below(4))
            {
                case 0:
                    Bytes(dice.Of(edges)).CopyTo(signature, 32 * dice.Below(2));
                    break;
                case 1:
                    signature[dice.Below(64)] ^= (byte)(1 << dice.Below(8));
                    break;
                default:
                    break;
            }

            var answer = framework.HasSigned(message, signature);
            Assert.Equal(answer, native.HasSigned(message, signature));
            agreed += answer ? 1 : 0;
        }

        Assert.InRange(agreed, 500, 1900);
    }

    // The edges too: near zero, near the prime, near powers of 2^64. Half of them are such an edge inside, in Montgomery form, where the carries run.
    private static BigInteger Number(Dice dice)
    {
        var number = Edge(dice);
        return dice.Below(2) == 0 ? number : number * OutOfMontgomery % Prime;
    }

    private static BigInteger Edge(Dice dice)
    {
        var bytes = new byte[32];
        for (var i = 0; i < 32; i++)
        {
            bytes[i] = dice.Byte();
        }

        for (var limb = 0; limb < 4; limb++)
        {
            var choice = dice.Below(4);
            if (choice < 2)
            {
                bytes.AsSpan(limb * 8, 8).Fill(choice == 0 ? (byte)0 : (byte)0xff);
            }
        }

        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true) % Prime;
    }

    [DllImport("libcrypto.so.3", EntryPoint = "ERR_peek_error")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern nuint OldestError();

    private static FieldElement Element(BigInteger value)
    {
        Assert.True(FieldElement.TryRead(Bytes(value), out var element));
        return element;
    }

    private static BigInteger Value(FieldElement element)
    {
        var bytes = new byte[32];
        element.Write(bytes);
        return new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
    }

    private static byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[32];
        var encoded = value.ToByteArray(isUnsigned: true, isBigEndian: true);
        encoded.CopyTo(bytes, 32 - encoded.Length);
        return bytes;
    }
}
