using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OneCode.Sm;

namespace OneCode.Cli.Vectors;

/// <summary>
/// Signatures that an SM2 verifier must accept or refuse, in the manner of Wycheproof: tests/vectors/sm2/README.md has the schema. Every nonce follows
/// from its case's comment, so the file comes out the same each time.
/// </summary>
internal sealed class Sm2Set
{
    public const string File = "sm2_verify_test.json";

    private static readonly byte[] Id = Sm2.SignerId.ToArray();
    private static readonly byte[] Message = "an SM2 signature is over Z and the message"u8.ToArray();
    private static readonly BigInteger N = Sm2Curve.Order;
    private static readonly BigInteger Top = BigInteger.One << 256;
    private static readonly Sm2Forge Key = KeyOf("key");

    private static readonly Dictionary<string, string> Notes = new()
    {
        ["Valid"] = "An ordinary signature.",
        ["EdgeCaseMessage"] = "The length of the message meets a boundary of SM3's padding.",
        ["EdgeCaseKey"] = "A key of a special form.",
        ["EdgeCaseNonce"] = "A nonce, r or s of a special form: leading zeros, a high bit, a point met twice.",
        ["WrongValue"] = "In range, and not the signature.",
        ["RangeCheck"] = "r or s outside 1..n-1. A verifier that reduces them accepts two encodings of one signature, or zero.",
        ["SumIsOrder"] = "r + s = n. The public key is multiplied by zero, so anyone could have made it.",
        ["PointAtInfinity"] = "sG + tP is the point at infinity. A verifier that takes its x for 0 accepts what anyone can make.",
        ["Malleability"] = "A change that keeps an ECDSA signature valid. It must not do so here.",
        ["WrongSignerId"] = "Signed with another signer id, or with the id hashed otherwise than GB/T 32918.2, 5.5 says.",
        ["MissingZ"] = "The hash of the message alone, without Z.",
        ["WrongHash"] = "SHA-256 where SM3 belongs.",
        ["ModifiedMessage"] = "Another message than was signed.",
        ["WrongKey"] = "Another key's signature.",
        ["AlgorithmConfusion"] = "A signature of another scheme by the same key.",
        ["SignatureEncoding"] = "Not r || s in 64 bytes.",
        ["LargeDigest"] = "The digest is not below n: it counts modulo n.",
    };

    private readonly JsonArray groups = [];
    private int count;

    public static string Write()
    {
        var set = new Sm2Set();
        set.Add("Sm2Verify", Key, Ordinary());
        set.Add("Sm2Verify", Key, Ranges());
        set.Add("Sm2Verify", Key, OtherInputs());
        set.Add("Sm2Verify", Key, Encodings());
        foreach (var (comment, key) in Keys())
        {
            set.Add("Sm2Verify", key, [Case.Of(comment, true, "EdgeCaseKey", key.Sign(Message, Id, Nonce(comment)))]);
        }

        set.Add("Sm2VerifyDigest", Key, Digests());
        return VectorFile.Write(new JsonObject
        {
            ["algorithm"] = "SM2",
            ["schema"] = "README.md",
            ["numberOfTests"] = set.count,
            ["signerId"] = Convert.ToHexStringLower(Id),
            ["notes"] = new JsonObject(Notes.Select(note => new KeyValuePair<string, JsonNode?>(note.Key, note.Value))),
            ["testGroups"] = set.groups,
        });
    }

    private void Add(string type, Sm2Forge key, IEnumerable<Case> cases)
    {
        var tests = new JsonArray();
        foreach (var test in cases)
        {
            tests.Add((JsonNode)new JsonObject
            {
                ["tcId"] = ++count,
                ["comment"] = test.Comment,
                [type == "Sm2Verify" ? "msg" : "digest"] = Convert.ToHexStringLower(test.Input),
                ["sig"] = Convert.ToHexStringLower(test.Signature),
                ["result"] = test.Valid ? "valid" : "invalid",
                ["flags"] = new JsonArray(test.Flag),
            });
        }

        groups.Add((JsonNode)new JsonObject
        {
            ["type"] = type,
            ["publicKey"] = new JsonObject { ["curve"] = "SM2", ["x"] = Convert.ToHexStringLower(key.X), ["y"] = Convert.ToHexStringLower(key.Y) },
            ["tests"] = tests,
        });
    }

    private static IEnumerable<Case> Ordinary()
    {
        yield return Case.Of("an ordinary signature", true, "Valid", Key.Sign(Message, Id, Nonce("ordinary")));
        foreach (var length in new[] { 0, 1, 23, 24, 31, 32, 55, 56, 63, 64, 119, 120, 1000, 5000 })
        {
            var message = Enumerable.Range(0, length).Select(i => (byte)(i % 251)).ToArray();
            yield return new($"a message of {length} bytes", message, Key.Sign(message, Id, Nonce($"length {length}")), true, "EdgeCaseMessage");
        }

        yield return Found("r begins with a zero byte", signature => signature[0] == 0);
        yield return Found("s begins with a zero byte", signature => signature[32] == 0);
        yield return Found("neither r nor s has its high bit", signature => signature[0] < 0x80 && signature[32] < 0x80);
        yield return Found("r and s have their high bits", signature => signature[0] >= 0x80 && signature[32] >= 0x80);
        foreach (var (name, nonce) in new (string, BigInteger)[] { ("1", 1), ("2", 2), ("n - 1", N - 1), ("n - 2", N - 2), ("(n + 1) / 2", (N + 1) / 2), ("2^128", BigInteger.One << 128) })
        {
            yield return Case.Of($"the nonce {name}", true, "EdgeCaseNonce", Key.Sign(Message, Id, nonce));
        }
    }

    private static IEnumerable<Case> Ranges()
    {
        var good = Key.Sign(Message, Id, Nonce("ranges"));
        var (r, s) = Split(good);
        (string Name, BigInteger Value)[] edges =
        [
            ("0", 0), ("1", 1), ("2", 2), ("n - 1", N - 1), ("n", N), ("n + 1", N + 1), ("p - 1", Sm2Curve.Prime - 1), ("p", Sm2Curve.Prime), ("p + 1", Sm2Curve.Prime + 1),
            ("2^255", BigInteger.One << 255), ("2^256 - 1", Top - 1),
        ];
        foreach (var (name, value) in edges)
        {
            var flag = value.IsZero || value >= N ? "RangeCheck" : "WrongValue";
            yield return Case.Of($"r is {name}", false, flag, Join(value, s));
            yield return Case.Of($"s is {name}", false, flag, Join(r, value));
            yield return Case.Of($"r and s are {name}", false, flag, Join(value, value));
        }

        yield return Case.Of("r is 0 and s is 1", false, "RangeCheck", Join(0, 1));
        yield return Case.Of("r is 1 and s is 0", false, "RangeCheck", Join(1, 0));
        yield return Case.Of("r is n and s is 0", false, "RangeCheck", Join(N, 0));
        yield return Case.Of("r is 0 and s is n", false, "RangeCheck", Join(0, N));
        yield return Case.Of("s is n - r", false, "SumIsOrder", Join(r, N - r));
        yield return Case.Of("r is n - s", false, "SumIsOrder", Join(N - s, s));
        yield return Case.Of("r is 1 and s is n - 1", false, "SumIsOrder", Join(1, N - 1));
        yield return Case.Of("r is n - 1 and s is 1", false, "SumIsOrder", Join(N - 1, 1));

        yield return Case.Of("n - s in the place of s: valid in ECDSA", false, "Malleability", Join(r, N - s));
        yield return Case.Of("n - r in the place of r", false, "Malleability", Join(N - r, s));
        yield return Case.Of("both negated", false, "Malleability", Join(N - r, N - s));
        yield return Case.Of("s in the place of r and r in the place of s", false, "Malleability", Join(s, r));
        for (var bit = 0; bit < 512; bit += 73)
        {
            var flipped = (byte[])good.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            yield return Case.Of($"bit {bit} flipped", false, "Malleability", flipped);
        }
    }

    private static IEnumerable<Case> OtherInputs()
    {
        byte[] WithId(byte[] id, string name) => Key.Sign(Message, id, Nonce(name));
        yield return Case.Of("no signer id", false, "WrongSignerId", WithId([], "no id"));
        yield return Case.Of("the signer id ALICE123@YAHOO.COM of the older examples", false, "WrongSignerId", WithId("ALICE123@YAHOO.COM"u8.ToArray(), "alice"));
        yield return Case.Of("a signer id one character shorter", false, "WrongSignerId", WithId("123456781234567"u8.ToArray(), "shorter"));
        yield return Case.Of("a signer id one character longer", false, "WrongSignerId", WithId("12345678123456781"u8.ToArray(), "longer"));
        yield return Case.Of("a signer id that ends in a zero byte", false, "WrongSignerId", WithId("1234567812345678\0"u8.ToArray(), "zero"));
        yield return Case.Of("the signer id as eight bytes of hexadecimal", false, "WrongSignerId", WithId([0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78], "hex"));
        yield return Case.Of("the key id as the signer id", false, "WrongSignerId", WithId(SHA256.HashData(Key.X)[..8], "kid"));

        var curve = Sm2Curve.Parameters.ToArray();
        Case WithZ(string comment, byte[] named, string flag = "WrongSignerId") =>
            Case.Of(comment, false, flag, Key.SignDigest(Sm2Forge.Digest([.. Sm2Forge.Digest(named), .. Message]), Nonce(comment)));
        yield return WithZ("the id's length in bytes instead of bits", [0, 16, .. Id, .. curve, .. Key.X, .. Key.Y]);
        yield return WithZ("the id's length left out", [.. Id, .. curve, .. Key.X, .. Key.Y]);
        yield return WithZ("the id's length with its bytes swapped", [0x80, 0, .. Id, .. curve, .. Key.X, .. Key.Y]);
        yield return WithZ("the curve left out of Z", [0, 0x80, .. Id, .. Key.X, .. Key.Y]);
        yield return WithZ("the key left out of Z", [0, 0x80, .. Id, .. curve]);
        yield return WithZ("the key's coordinates swapped in Z", [0, 0x80, .. Id, .. curve, .. Key.Y, .. Key.X]);
        yield return WithZ("the key compressed in Z", [0, 0x80, .. Id, .. curve, 2, .. Key.X]);
        yield return WithZ("the key with its 04 in Z", [0, 0x80, .. Id, .. curve, 4, .. Key.X, .. Key.Y]);
        var other = KeyOf("other");
        yield return WithZ("another key in Z", [0, 0x80, .. Id, .. curve, .. other.X, .. other.Y]);

        Case OfDigest(string comment, byte[] digest, string flag) => Case.Of(comment, false, flag, Key.SignDigest(digest, Nonce(comment)));
        var z = Sm2Forge.Z(Id, Key.X, Key.Y);
        yield return OfDigest("SM3 of the message alone", Sm2Forge.Digest(Message), "MissingZ");
        yield return OfDigest("the message in front of Z", Sm2Forge.Digest([.. Message, .. z]), "MissingZ");
        yield return OfDigest("SM3 of the hash of the message", Sm2Forge.Digest([.. z, .. Sm2Forge.Digest(Message)]), "MissingZ");
        yield return OfDigest("Z alone", z, "MissingZ");
        yield return OfDigest("SHA-256 of Z and the message", SHA256.HashData([.. z, .. Message]), "WrongHash");
        yield return OfDigest("SHA-256 throughout", SHA256.HashData([.. SHA256.HashData([0, 0x80, .. Id, .. curve, .. Key.X, .. Key.Y]), .. Message]), "WrongHash");
        yield return OfDigest("SHA-256 of the message alone", SHA256.HashData(Message), "WrongHash");
        yield return OfDigest("the digest with its bytes reversed", [.. Sm2Forge.Digest([.. z, .. Message]).Reverse()], "WrongHash");
        yield return OfDigest("a digest of zeros", new byte[32], "WrongHash");

        var good = Key.Sign(Message, Id, Nonce("inputs"));
        yield return new("a message with a byte more", [.. Message, 0], good, false, "ModifiedMessage");
        yield return new("a message with a byte less", Message[..^1], good, false, "ModifiedMessage");
        yield return new("an empty message", [], good, false, "ModifiedMessage");
        yield return new("a message with a bit flipped", [(byte)(Message[0] ^ 1), .. Message[1..]], good, false, "ModifiedMessage");
        yield return Case.Of("another key's signature", false, "WrongKey", other.Sign(Message, Id, Nonce("other key")));
        yield return Case.Of("another key's signature of this key's digest", false, "WrongKey", other.SignDigest(Sm2Forge.Digest([.. z, .. Message]), Nonce("other digest")));
        yield return Case.Of("a signature of the negated key", false, "WrongKey", new Sm2Forge(N - Key.Number).Sign(Message, Id, Nonce("negated")));
        yield return Case.Of("ECDSA on the same curve over SM3(Z || M)", false, "AlgorithmConfusion", Ecdsa(Sm2Forge.Digest([.. z, .. Message])));
        yield return Case.Of("ECDSA on the same curve over SM3(M)", false, "AlgorithmConfusion", Ecdsa(Sm2Forge.Digest(Message)));
        yield return Case.Of("the verification of SM2 with t = r - s", false, "AlgorithmConfusion", WithT(z, (r, s) => r - s));
        yield return Case.Of("the verification of SM2 with t = r", false, "AlgorithmConfusion", WithT(z, (r, _) => r));
    }

    private static IEnumerable<Case> Encodings()
    {
        var good = Key.Sign(Message, Id, Nonce("encodings"));
        var shortR = Found("short", signature => signature[0] == 0).Signature;
        Case Encoded(string comment, params byte[] signature) => Case.Of(comment, false, "SignatureEncoding", signature);
        yield return Encoded("nothing");
        yield return Encoded("one zero byte", 0);
        yield return Encoded("r alone", good[..32]);
        yield return Encoded("a byte too few", good[..63]);
        yield return Encoded("the first byte missing", good[1..]);
        yield return Encoded("a zero byte too many", [.. good, 0]);
        yield return Encoded("a zero byte in front", [0, .. good]);
        yield return Encoded("33 bytes each", [0, .. good[..32], 0, .. good[32..]]);
        yield return Encoded("r without its leading zero", shortR[1..]);
        yield return Encoded("the signature twice", [.. good, .. good]);
        yield return Encoded("with a recovery byte", [.. good, 27]);
        yield return Encoded("as C1-style 04 || r || s", [4, .. good]);
        yield return Encoded("each half with the least significant byte first", [.. good[..32].Reverse(), .. good[32..].Reverse()]);
        yield return Encoded("all bytes reversed", [.. good.Reverse()]);
        yield return Encoded("hexadecimal", Encoding.ASCII.GetBytes(Convert.ToHexString(good)));
        yield return Encoded("DER, as OpenSSL writes it", Der(good));
        yield return Encoded("DER cut off at 64 bytes", Der(good)[..64]);
        yield return Encoded("DER filled up with zeros to 80 bytes", [.. Der(good), .. new byte[80 - Der(good).Length]]);
        yield return Encoded("s || r", [.. good[32..], .. good[..32]]);
        yield return Encoded("64 zero bytes", new byte[64]);
        yield return Encoded("64 bytes of ones", [.. Enumerable.Repeat((byte)0xff, 64)]);
    }

    private static IEnumerable<(string Comment, Sm2Forge Key)> Keys()
    {
        yield return ("the key of the number 1: the base point itself", new Sm2Forge(1));
        yield return ("the key of the number 2", new Sm2Forge(2));
        yield return ("the key of the number n - 2, the greatest", new Sm2Forge(N - 2));
        yield return ("the key of the number 2^128", new Sm2Forge(BigInteger.One << 128));
        yield return ("a key whose x begins with a zero byte", Search(key => key.X[0] == 0));
        yield return ("a key whose y begins with a zero byte", Search(key => key.Y[0] == 0));
        yield return ("a key whose y is even", Search(key => (key.Y[31] & 1) == 0));
        yield return ("a key whose y is odd", Search(key => (key.Y[31] & 1) == 1));
    }

    // Where the digest may be chosen, so may r and s: k = s(1 + d) + rd, and e is what makes r right.
    private static IEnumerable<Case> Digests()
    {
        Case Chosen(string comment, BigInteger r, BigInteger s, string flag = "EdgeCaseNonce") =>
            new(comment + ", and e fits", SignatureVectors.Scalar(DigestFor(r, s, Mod((s * (1 + Key.Number)) + (r * Key.Number)))), Join(r, s), true, flag);
        yield return Chosen("r is 1", 1, 5);
        yield return Chosen("s is 1", 5, 1);
        yield return Chosen("r and s are 1", 1, 1);
        yield return Chosen("r and s are n - 1", N - 1, N - 1);
        yield return Chosen("r and s are equal", N / 3, N / 3);
        yield return Chosen("r is n - 1 and s is 2: r + s is n + 1, t is 1", N - 1, 2);
        yield return Chosen("r is 2 and s is n - 1", 2, N - 1);
        yield return Chosen("r and s have 128 bits", BigInteger.One << 127, BigInteger.One << 127);

        // sG = tP: whoever adds without noticing divides by zero.
        var t = N / 5;
        var doubled = Mod(t * Key.Number);
        yield return new("sG and tP are the same point", SignatureVectors.Scalar(DigestFor(Mod(t - doubled), doubled, Mod(2 * doubled))), Join(Mod(t - doubled), doubled), true, "EdgeCaseNonce");

        // sG = -tP: no point is left, and r = e is for everyone to choose.
        var negated = Mod(-doubled);
        var r = Mod(t - negated);
        yield return new("sG and tP cancel out, and e is r", SignatureVectors.Scalar(r), Join(r, negated), false, "PointAtInfinity");
        yield return new("sG and tP cancel out, and e is r - 1", SignatureVectors.Scalar(r - 1), Join(r, negated), false, "PointAtInfinity");
        yield return new("sG and tP cancel out, and e is r less the base point's x", SignatureVectors.Scalar(Mod(r - X(1))), Join(r, negated), false, "PointAtInfinity");

        foreach (var s in new[] { BigInteger.One, 2, N / 7, N - 1 })
        {
            yield return new($"r + s is n with s {Short(s)}, and e fits sG", SignatureVectors.Scalar(Mod(N - s - X(s))), Join(N - s, s), false, "SumIsOrder");
        }

        yield return new("r is 0, and e fits", SignatureVectors.Scalar(DigestFor(0, 5, Mod(5 * (1 + Key.Number)))), Join(0, 5), false, "RangeCheck");
        yield return new("s is 0, and e fits", SignatureVectors.Scalar(DigestFor(5, 0, Mod(5 * Key.Number))), Join(5, 0), false, "RangeCheck");
        yield return new("r is n + 5, and e fits 5", SignatureVectors.Scalar(DigestFor(5, 7, Mod((7 * (1 + Key.Number)) + (5 * Key.Number)))), Join(N + 5, 7), false, "RangeCheck");
        yield return new("s is n + 7, and e fits 7", SignatureVectors.Scalar(DigestFor(5, 7, Mod((7 * (1 + Key.Number)) + (5 * Key.Number)))), Join(5, N + 7), false, "RangeCheck");
        foreach (var (name, value) in new (string, BigInteger)[] { ("0", 0), ("1", 1), ("n - 1", N - 1), ("n", N), ("n + 1", N + 1), ("p", Sm2Curve.Prime), ("2^256 - 1", Top - 1) })
        {
            var digest = SignatureVectors.Scalar(value);
            yield return new($"the digest is {name}", digest, Key.SignDigest(digest, Nonce($"digest {name}")), true, value >= N ? "LargeDigest" : "EdgeCaseNonce");
        }
    }

    private static BigInteger DigestFor(BigInteger r, BigInteger s, BigInteger nonce) =>
        nonce.IsZero ? throw new InvalidOperationException($"({r}, {s}) has no point.") : Mod(r - X(nonce));

    private static BigInteger X(BigInteger number) => Sm2Curve.Read(BouncySm2.PointOf(SignatureVectors.Scalar(number)).AsSpan(0, 32));

    private static BigInteger Mod(BigInteger value) => ((value % N) + N) % N;

    private static string Short(BigInteger value) => value == N - 1 ? "n - 1" : value == N / 7 ? "n / 7" : value.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static BigInteger Nonce(string name) => (Sm2Curve.Read(SHA256.HashData(Encoding.UTF8.GetBytes("onecode sm2 set: " + name))) % (N - 1)) + 1;

    private static Sm2Forge KeyOf(string name) => new((Nonce("key " + name) % (N - 2)) + 1);

    private static Sm2Forge Search(Func<Sm2Forge, bool> fits) => Enumerable.Range(0, 100_000).Select(i => KeyOf($"search {i}")).First(fits);

    private static Case Found(string comment, Func<byte[], bool> fits) =>
        Case.Of(comment, true, "EdgeCaseNonce", Enumerable.Range(0, 1_000_000).Select(i => Key.Sign(Message, Id, Nonce($"found {i}"))).First(fits));

    private static byte[] Ecdsa(byte[] digest)
    {
        var nonce = Nonce("ecdsa " + Convert.ToHexString(digest));
        var r = X(nonce) % N;
        return Join(r, Mod(BigInteger.ModPow(nonce, N - 2, N) * (Sm2Curve.Read(digest) + (r * Key.Number))));
    }

    // A signature that a verifier with another formula for t would accept: sG + tP = kG.
    private static byte[] WithT(byte[] z, Func<BigInteger, BigInteger, BigInteger> t)
    {
        var nonce = Nonce("t");
        var r = Mod(Sm2Curve.Read(Sm2Forge.Digest([.. z, .. Message])) + X(nonce));
        var (zero, one) = (Mod(t(r, 0)), Mod(t(r, 1)));
        var slope = Mod(one - zero);
        return Join(r, Mod((nonce - (zero * Key.Number)) * BigInteger.ModPow(Mod(1 + (slope * Key.Number)), N - 2, N)));
    }

    private static (BigInteger R, BigInteger S) Split(byte[] signature) => (Sm2Curve.Read(signature.AsSpan(0, 32)), Sm2Curve.Read(signature.AsSpan(32)));

    private static byte[] Join(BigInteger r, BigInteger s) => [.. SignatureVectors.Scalar(r % Top), .. SignatureVectors.Scalar(s % Top)];

    private static byte[] Der(byte[] signature)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            var (r, s) = Split(signature);
            writer.WriteInteger(r);
            writer.WriteInteger(s);
        }

        return writer.Encode();
    }

    private sealed record Case(string Comment, byte[] Input, byte[] Signature, bool Valid, string Flag)
    {
        public static Case Of(string comment, bool valid, string flag, byte[] signature) => new(comment, Message, signature, valid, flag);
    }
}
