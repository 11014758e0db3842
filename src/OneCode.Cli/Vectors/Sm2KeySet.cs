using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;
using System.Text.Json.Nodes;
using OneCode.Sm;

namespace OneCode.Cli.Vectors;

/// <summary>Public keys that an SM2 verifier must take or refuse: coordinates, compressed points, SubjectPublicKeyInfo. tests/vectors/sm2/README.md has the schema.</summary>
internal sealed class Sm2KeySet
{
    public const string File = "sm2_key_test.json";

    private const string EcPublicKey = "1.2.840.10045.2.1";
    private const string Curve = "1.2.156.10197.1.301";
    private const string P256 = "1.2.840.10045.3.1.7";

    private static readonly Sm2Forge Key = Sm2Forge.Of("sm2-person");
    private static readonly BigInteger P = Sm2Curve.Prime;

    private readonly JsonArray groups = [];
    private int count;

    public static string Write()
    {
        var set = new Sm2KeySet();
        set.Add("Sm2Point", Points());
        set.Add("Sm2CompressedPoint", Compressed());
        set.Add("Sm2SubjectPublicKeyInfo", Infos());
        return VectorFile.Write(new JsonObject
        {
            ["algorithm"] = "SM2",
            ["schema"] = "README.md",
            ["numberOfTests"] = set.count,
            ["testGroups"] = set.groups,
        });
    }

    private void Add(string type, IEnumerable<(string Comment, JsonObject Key, bool Valid)> cases)
    {
        var tests = new JsonArray();
        foreach (var (comment, key, valid) in cases)
        {
            var test = new JsonObject { ["tcId"] = ++count, ["comment"] = comment };
            foreach (var (name, value) in key)
            {
                test[name] = value!.DeepClone();
            }

            test["result"] = valid ? "valid" : "invalid";
            tests.Add((JsonNode)test);
        }

        groups.Add((JsonNode)new JsonObject { ["type"] = type, ["tests"] = tests });
    }

    private static IEnumerable<(string, JsonObject, bool)> Points()
    {
        (string, JsonObject, bool) Point(string comment, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y, bool valid = false) => (comment, new JsonObject { ["x"] = Hex(x), ["y"] = Hex(y) }, valid);
        var negated = new Sm2Forge(Sm2Curve.Order - Key.Number);
        var (withSmallX, withSmallY) = (SmallX(), SmallY());
        yield return Point("an ordinary key", Key.X, Key.Y, true);
        yield return Point("its negative", negated.X, negated.Y, true);
        yield return Point("the base point", new Sm2Forge(1).X, new Sm2Forge(1).Y, true);
        yield return Point("a point with a small x", withSmallX.X, withSmallX.Y, true);
        yield return Point("a point with a small y", withSmallY.X, withSmallY.Y, true);
        yield return Point("x + p for a small x: the same point in another coat", Bytes(Sm2Curve.Read(withSmallX.X) + P), withSmallX.Y);
        yield return Point("y + p for a small y", withSmallY.X, Bytes(Sm2Curve.Read(withSmallY.Y) + P));
        yield return Point("(0, 0), which some write for the point at infinity", new byte[32], new byte[32]);
        yield return Point("x is 0", new byte[32], Key.Y);
        yield return Point("y is 0", Key.X, new byte[32]);
        yield return Point("x and y swapped", Key.Y, Key.X);
        yield return Point("a bit of x flipped", Flip(Key.X), Key.Y);
        yield return Point("a bit of y flipped", Key.X, Flip(Key.Y));
        yield return Point("x is p", Bytes(P), Key.Y);
        yield return Point("y is p", Key.X, Bytes(P));
        yield return Point("all ones", Bytes((BigInteger.One << 256) - 1), Bytes((BigInteger.One << 256) - 1));
        yield return Point("a point of P-256", TestKeys.Of("person").PublicKey.X, TestKeys.Of("person").PublicKey.Y);
        yield return Point("a point of the same equation with another b: small subgroups wait there", Bytes(2), Bytes(3));
        yield return Point("31 bytes each", Key.X.AsSpan(1), Key.Y.AsSpan(1));
        yield return Point("33 bytes each", [0, .. Key.X], [0, .. Key.Y]);
        yield return Point("nothing", [], []);
        yield return Point("x with 64 bytes, y with none", [.. Key.X, .. Key.Y], []);
    }

    private static IEnumerable<(string, JsonObject, bool)> Compressed()
    {
        (string, JsonObject, bool) Point(string comment, ReadOnlySpan<byte> x, bool odd, ReadOnlySpan<byte> y) =>
            (comment, y.IsEmpty ? new JsonObject { ["x"] = Hex(x), ["odd"] = odd } : new JsonObject { ["x"] = Hex(x), ["odd"] = odd, ["y"] = Hex(y) }, !y.IsEmpty);
        var negated = new Sm2Forge(Sm2Curve.Order - Key.Number);
        yield return Point("an ordinary key", Key.X, (Key.Y[31] & 1) == 1, Key.Y);
        yield return Point("the other parity: the negative", Key.X, (negated.Y[31] & 1) == 1, negated.Y);
        yield return Point("the base point", new Sm2Forge(1).X, (new Sm2Forge(1).Y[31] & 1) == 1, new Sm2Forge(1).Y);
        var small = SmallX();
        yield return Point("a small x", small.X, (small.Y[31] & 1) == 1, small.Y);
        yield return Point("x + p for a small x", Bytes(Sm2Curve.Read(small.X) + P), (small.Y[31] & 1) == 1, []);
        yield return Point("an x that no point has", OffCurve(), false, []);
        yield return Point("the same, odd", OffCurve(), true, []);
        yield return Point("x is p", Bytes(P), false, []);
        yield return Point("all ones", Bytes((BigInteger.One << 256) - 1), true, []);
        yield return Point("the x of a point of P-256 that is none here", TestKeys.Of(NotHere()).PublicKey.X, false, []);
    }

    private static IEnumerable<(string, JsonObject, bool)> Infos()
    {
        (string, JsonObject, bool) Info(string comment, byte[] der, bool valid = false) => (comment, new JsonObject { ["der"] = Hex(der) }, valid);
        byte[] point = [4, .. Key.X, .. Key.Y];
        byte[] short1 = [(byte)(2 + (Key.Y[31] & 1)), .. Key.X];
        yield return Info("the general EC key with the SM2 curve", Spki([EcPublicKey, Curve], point), true);
        yield return Info("SM2's own OID as the algorithm, and as the curve", Spki([Curve, Curve], point), true);
        yield return Info("SM2's own OID without parameters", Spki([Curve], point), true);
        yield return Info("SM2's own OID with NULL", Spki([Curve], point, writeNull: true), true);
        yield return Info("compressed", Spki([EcPublicKey, Curve], short1), true);
        yield return Info("the general EC key on P-256", Spki([EcPublicKey, P256], point));
        yield return Info("the general EC key without a curve", Spki([EcPublicKey], point));
        yield return Info("the general EC key with NULL", Spki([EcPublicKey], point, writeNull: true));
        yield return Info("SM2's own OID on P-256", Spki([Curve, P256], point));
        yield return Info("the OID of SM2 signatures with SM3", Spki(["1.2.156.10197.1.501"], point));
        yield return Info("an RSA key's OID", Spki(["1.2.840.113549.1.1.1"], point, writeNull: true));
        yield return Info("the curve twice", Spki([EcPublicKey, Curve, Curve], point));
        yield return Info("a point that is not on the curve", Spki([EcPublicKey, Curve], [4, .. Key.X, .. Flip(Key.Y)]));
        yield return Info("the point at infinity, one zero byte", Spki([EcPublicKey, Curve], [0]));
        yield return Info("the point at infinity as 04 and zeros", Spki([EcPublicKey, Curve], [4, .. new byte[64]]));
        yield return Info("a compressed x that no point has", Spki([EcPublicKey, Curve], [2, .. OffCurve()]));
        yield return Info("a hybrid point, 06 or 07", Spki([EcPublicKey, Curve], [(byte)(6 + (Key.Y[31] & 1)), .. Key.X, .. Key.Y]));
        yield return Info("a point without its first byte", Spki([EcPublicKey, Curve], point[1..]));
        yield return Info("a point with a byte more", Spki([EcPublicKey, Curve], [.. point, 0]));
        yield return Info("05 in front", Spki([EcPublicKey, Curve], [5, .. point[1..]]));
        yield return Info("no point", Spki([EcPublicKey, Curve], []));
        yield return Info("bytes after the key", [.. Spki([EcPublicKey, Curve], point), 0]);
        yield return Info("cut off", Spki([EcPublicKey, Curve], point)[..^1]);
        yield return Info("a length in the long form", LongForm(Spki([EcPublicKey, Curve], point)));
        yield return Info("unused bits in the point", Unused(Spki([EcPublicKey, Curve], point)));
        yield return Info("a private key's structure", Convert.FromHexString("3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420" + Convert.ToHexString(new byte[32])));
        yield return Info("nothing", []);
    }

    private static byte[] Spki(string[] oids, byte[] point, bool writeNull = false)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                foreach (var oid in oids)
                {
                    writer.WriteObjectIdentifier(oid);
                }

                if (writeNull)
                {
                    writer.WriteNull();
                }
            }

            writer.WriteBitString(point);
        }

        return writer.Encode();
    }

    private static byte[] LongForm(byte[] der) => [0x30, 0x81, .. der[1..]];

    private static byte[] Unused(byte[] der)
    {
        var changed = (byte[])der.Clone();
        changed[^66] = 1;
        return changed;
    }

    private static byte[] Flip(byte[] bytes) => [.. bytes[..31], (byte)(bytes[31] ^ 4)];

    private static byte[] Bytes(BigInteger value) => SignatureVectors.Scalar(value);

    private static JsonValue Hex(ReadOnlySpan<byte> bytes) => JsonValue.Create(Convert.ToHexStringLower(bytes));

    private static byte[] OffCurve()
    {
        var x = new byte[32];
        while (Sm2Curve.TryDecompress(x, false, new byte[32]))
        {
            x[31]++;
        }

        return x;
    }

    private static string NotHere() =>
        Enumerable.Range(0, 100).Select(i => "person" + i.ToString(CultureInfo.InvariantCulture)).First(name => !Sm2Curve.TryDecompress(TestKeys.Of(name).PublicKey.X, false, new byte[32]));

    private static (byte[] X, byte[] Y) SmallX()
    {
        var (x, y) = (new byte[32], new byte[32]);
        for (x[31] = 1; !Sm2Curve.TryDecompress(x, false, y); x[31]++)
        {
        }

        return (x, y);
    }

    // x^3 + ax + b = y^2 for a small y: a root is found where x^3 - 3x + c has one, by taking gcd with x^p - x.
    private static (byte[] X, byte[] Y) SmallY()
    {
        for (var y = BigInteger.One; ; y++)
        {
            var constant = ((Sm2Curve.Read(Sm2Curve.Parameters[32..64]) - (y * y)) % P + P) % P;
            if (Cubic.RootOf(constant) is { } x)
            {
                return (Bytes(x), Bytes(y));
            }
        }
    }

    /// <summary>Roots of x³ - 3x + c modulo p, by Cantor and Zassenhaus, as polynomials of degree two (constant first).</summary>
    private static class Cubic
    {
        public static BigInteger? RootOf(BigInteger c)
        {
            BigInteger[] modulus = [c, P - 3, 0, 1];

            // x^p - x has every number as a root, so what it shares with the cubic are the cubic's roots.
            var power = Power([0, 1, 0], P, c);
            var shared = Gcd(modulus, [power[0], (power[1] - 1 + P) % P, power[2]]);
            for (BigInteger shift = 1; Degree(shared) > 1; shift++)
            {
                // Half of the roots become squares when shifted.
                var half = Power([shift, 1, 0], (P - 1) / 2, c);
                var part = Gcd(shared, [(half[0] - 1 + P) % P, half[1], half[2]]);
                shared = Degree(part) > 0 && Degree(part) < Degree(shared) ? part : shared;
            }

            return Degree(shared) == 1 ? (P - shared[0] * Inverse(shared[1]) % P) % P : null;
        }

        private static BigInteger[] Power(BigInteger[] value, BigInteger exponent, BigInteger c)
        {
            BigInteger[] result = [1, 0, 0];
            for (var bit = (int)exponent.GetBitLength() - 1; bit >= 0; bit--)
            {
                result = Multiply(result, result, c);
                if (!((exponent >> bit) & 1).IsZero)
                {
                    result = Multiply(result, value, c);
                }
            }

            return result;
        }

        // x³ = 3x - c.
        private static BigInteger[] Multiply(BigInteger[] a, BigInteger[] b, BigInteger c)
        {
            var product = new BigInteger[5];
            for (var i = 0; i < 3; i++)
            {
                for (var j = 0; j < 3; j++)
                {
                    product[i + j] += a[i] * b[j];
                }
            }

            product[2] += 3 * product[4];
            product[1] += (3 * product[3]) - (c * product[4]);
            product[0] -= c * product[3];
            return [.. product.Take(3).Select(value => ((value % P) + P) % P)];
        }

        private static BigInteger[] Gcd(BigInteger[] a, BigInteger[] b)
        {
            while (Degree(b) >= 0)
            {
                (a, b) = (b, Remainder(a, b));
            }

            return a;
        }

        private static BigInteger[] Remainder(BigInteger[] a, BigInteger[] b)
        {
            var rest = (BigInteger[])a.Clone();
            var (degree, inverse) = (Degree(b), Inverse(b[Degree(b)]));
            for (var at = Degree(rest); at >= degree; at = Degree(rest))
            {
                var factor = rest[at] * inverse % P;
                for (var i = 0; i <= degree; i++)
                {
                    rest[at - degree + i] = (((rest[at - degree + i] - (factor * b[i])) % P) + P) % P;
                }
            }

            return rest;
        }

        private static int Degree(BigInteger[] polynomial) => Array.FindLastIndex(polynomial, coefficient => !coefficient.IsZero);

        private static BigInteger Inverse(BigInteger value) => BigInteger.ModPow(value, P - 2, P);
    }
}
