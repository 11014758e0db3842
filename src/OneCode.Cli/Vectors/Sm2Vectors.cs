using System.Numerics;
using OneCode.Sm;
using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>Whole codes in SM2: what a province on 国密 issues, and how the two algorithms must not be taken for each other.</summary>
internal static class Sm2Vectors
{
    private const string Invalid = "Failed SignatureInvalid Signature";

    private static readonly ACode Paper = new() { Key = "sm2-person" };

    private static readonly ACode Phone = ACode.Phone with
    {
        Key = "sm2-person",
        Device = "sm2-device",
        Claims = ACode.PhonePerson with { Holder = DeviceKey.From(TestKeys.Of("sm2-device").PublicKey) },
    };

    public static IEnumerable<Vector> All()
    {
        yield return Case("sm2-paper-person", "A printed personal code; codes, lists and roots all in SM2.", "Passed", Paper);
        yield return Case("sm2-paper-enterprise", "A shop window.", "Passed", new ACode { Key = "sm2-enterprise", Claims = ACode.PaperEnterprise });
        yield return Case("sm2-paper-vehicle", "A windscreen sticker.", "Passed", new ACode { Key = "sm2-vehicle", Claims = ACode.PaperVehicle });
        yield return Case("sm2-phone-person", "A phone whose key is of SM2 too.", "Passed", Phone);
        yield return Case("sm2-phone-es256-device", "An issuer on SM2, a phone whose hardware has P-256.", "Passed", ACode.Phone with { Key = "sm2-person" });
        yield return Case("sm2-phone-es256-issuer", "An issuer on P-256, a phone on SM2.", "Passed", Phone with { Key = "person" });
        yield return Case("sm2-phone-other-parity", "A device key whose y has the other parity.", "Passed", WithDevice(OtherParity()));
        yield return Case("sm2-paper-person-url", "As a print text.", "Passed", null) with { Text = CodeText.EncodePrint(Paper.Bytes(), "c.example.cn") };
        yield return Case("sm2-roots-of-both", "Two roots must sign: one of SM2, one of ES256.", "Passed", Paper) with { TrustLists = [World.SignTrust(Sm2World.TrustContent, "root-1", "sm2-root-2")] };
        yield return Case("sm2-roots-one-of-two", "The second root did not sign.", "Indeterminate TrustMissing Key", Paper) with
        {
            TrustLists = [World.SignTrust(Sm2World.TrustContent, "sm2-root-1")],
            StatusLists = [],
            RefusedTrustLists = new Dictionary<int, TrustListRejection> { [0] = TrustListRejection.ThresholdNotMet },
        };
        yield return Case("sm2-roots-forged", "A root of SM2 signed something else.", "Indeterminate TrustMissing Key", Paper) with
        {
            TrustLists = [Broken(Sm2World.Trust)],
            StatusLists = [],
            RefusedTrustLists = new Dictionary<int, TrustListRejection> { [0] = TrustListRejection.SignatureInvalid },
        };
        yield return Case("sm2-status-revoked", "Revoked by a list signed in SM2.", "Failed Revoked Status", Paper with
        {
            Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", World.RevokedIndex) },
        });
        yield return Case("sm2-status-forged", "A status list whose signature is not right.", "Indeterminate StatusUnknown Confidence", Paper) with
        {
            StatusLists = [Broken(Sm2World.StatusLists[1])],
            RefusedStatusLists = new Dictionary<int, StatusListRejection> { [0] = StatusListRejection.SignatureInvalid },
        };

        yield return Case("sm2-algorithm-es256", "alg ES256 over a key of SM2: compared, never obeyed.", "Failed AlgorithmMismatch Signature", Paper with { ChangeHeader = Algorithm(-7) });
        yield return Case("sm2-algorithm-on-p256", "alg SM2 over a key of ES256.", "Failed AlgorithmMismatch Signature", new ACode { ChangeHeader = Algorithm(-65539) });
        yield return Case("sm2-algorithm-other", "A number that nobody has.", "Failed AlgorithmMismatch Signature", Paper with { ChangeHeader = Algorithm(-65540) });
        yield return Case("sm2-signature-of-es256", "An ES256 signature under an SM2 key's name.", Invalid, new ACode { Key = "person", NamedKey = "sm2-person" });
        yield return Case("sm2-signature-of-stranger", "Signed by another key of SM2.", Invalid, new ACode { Key = "sm2-stranger", NamedKey = "sm2-person" });
        yield return Case("sm2-signature-negated-s", "(r, n - s) is as good as (r, s) in ECDSA and no signature in SM2.", Invalid, Paper with { ChangeSignature = NegateS });
        yield return Case("sm2-signature-zero", "r = s = 0.", Invalid, Paper with { ChangeSignature = _ => new byte[64] });
        yield return Case("sm2-signature-sum-is-order", "r + s = n: the public key would not count.", Invalid, Paper with { ChangeSignature = SumIsOrder });
        yield return Case("sm2-signature-other-id", "Signed with another signer id, as a library with an empty default would.", Invalid, Paper with { ChangeSignature = _ => OtherId() });

        yield return Case("sm2-holder-other-phone", "Signed by another phone.", "Failed HolderProofInvalid Holder", Phone with { Device = "sm2-thief" });
        yield return Case("sm2-holder-algorithm-es256", "alg ES256 over a device key of SM2.", "Failed AlgorithmMismatch Holder", Phone with { ChangeProofHeader = Algorithm(-7) });
        yield return Case("sm2-holder-of-es256-key", "A device key of P-256 in the credential, signed by SM2.", "Failed AlgorithmMismatch Holder", ACode.Phone with { Key = "sm2-person", Device = "sm2-device" });
        yield return Case("sm2-holder-not-on-curve", "An x that no point of the SM2 curve has.", "Failed Malformed Holder", WithHolder(OffCurve()));
        yield return Case("sm2-holder-x-beyond-prime", "An x that is not below the prime.", "Failed Malformed Holder", WithHolder([.. Enumerable.Repeat((byte)0xff, 32)]));
        yield return Case("sm2-holder-curve-unknown", "A curve number that nobody has.", "Failed Malformed Claims", Phone with
        {
            ChangeClaims = claims => claims.With(Labels.Confirmation, writer => writer.Map(1).Integer(1).Map(4)
                .Integer(1).Integer(2).Integer(-1).Integer(-65540).Integer(-2).Bytes(new byte[32]).Integer(-3).Boolean(false)),
        });

        yield return TrustKey("sm2-trust-key-on-p256", "alg SM2 with the curve P-256.", (long)CoseAlgorithm.Sm2, Labels.P256Curve, TestKeys.Of("sm2-person").PublicKey.X, TestKeys.Of("sm2-person").PublicKey.Y);
        yield return TrustKey("sm2-trust-key-es256-on-sm2", "alg ES256 with the curve of SM2.", (long)CoseAlgorithm.Es256, Labels.Sm2Curve, TestKeys.Of("sm2-person").PublicKey.X, TestKeys.Of("sm2-person").PublicKey.Y);
        yield return TrustKey("sm2-trust-key-of-p256-point", "A point of P-256 said to be of SM2.", (long)CoseAlgorithm.Sm2, Labels.Sm2Curve, TestKeys.Of("person").PublicKey.X, TestKeys.Of("person").PublicKey.Y);
        foreach (var vector in WithoutSm2())
        {
            yield return vector;
        }

        yield return TrustKey("sm2-trust-key-zero", "(0, 0), which some libraries write for the point at infinity.", (long)CoseAlgorithm.Sm2, Labels.Sm2Curve, new byte[32], new byte[32]);
    }

    private static IEnumerable<Vector> WithoutSm2()
    {
        var both = Sm2World.TrustContent with { Keys = [.. Sm2World.TrustContent.Keys, World.Key("status", "34", KeyPurpose.StatusList, null)] };
        var trust = World.SignTrust(both);
        var lists = new[] { Sm2World.StatusLists[1], World.SignStatus(World.StatusContent("pm27110")) };
        var refused = new Dictionary<int, StatusListRejection> { [0] = StatusListRejection.AlgorithmUnsupported };
        Vector Without(string name, string comment, string expect, ACode code) =>
            new(name, comment, expect) { Code = code, TrustLists = [trust], StatusLists = lists, RefusedStatusLists = refused, WithoutSm2 = true };

        yield return Without("sm2-unsupported", "A verifier that speaks ES256 alone cannot know: neither a pass nor a forgery.", "Indeterminate AlgorithmUnsupported Signature", Paper);
        yield return Without("sm2-unsupported-phone", "A phone on SM2 under an issuer on ES256.", "Indeterminate AlgorithmUnsupported Holder", Phone with { Key = "person" });
        yield return Without("sm2-unsupported-phone-bare", "The same credential without its phone: a copy, whoever speaks what.", "Failed HolderProofMissing Holder", Phone with { Key = "person", IsPresented = false });
        yield return Without("sm2-unsupported-others", "The other keys of the same trust list are as good as ever.", "Passed", new ACode());
        yield return Without("sm2-unsupported-mismatch", "alg ES256 over an SM2 key is wrong, whoever speaks what.", "Failed AlgorithmMismatch Signature", Paper with { ChangeHeader = Algorithm(-7) });
    }

    private static Vector Case(string name, string comment, string expect, ACode? code) =>
        new(name, comment, expect) { Code = code, Roots = Sm2World.Roots, TrustLists = [Sm2World.Trust], StatusLists = Sm2World.StatusLists };

    private static Vector TrustKey(string name, string comment, long algorithm, long curve, ReadOnlySpan<byte> x, ReadOnlySpan<byte> y)
    {
        var (xs, ys) = (x.ToArray(), y.ToArray());
        var payload = new CborPairs(TrustListCodec.Write(Sm2World.TrustContent)).With(-3, writer => writer.Array(1).Map(5)
            .Integer(1).Map(5).Integer(1).Integer(2).Integer(3).Integer(algorithm).Integer(-1).Integer(curve).Integer(-2).Bytes(xs).Integer(-3).Bytes(ys)
            .Integer(2).Text("34").Integer(3).Integer(1).Integer(4).Integer(0).Integer(5).Integer(Labels.LastSecond)).ToBytes();
        return Case(name, comment, "Indeterminate TrustMissing Key", Paper) with
        {
            TrustLists = [World.SignTrustPayload(payload, ["sm2-root-1", "sm2-root-2"])],
            StatusLists = [],
            RefusedTrustLists = new Dictionary<int, TrustListRejection> { [0] = TrustListRejection.Malformed },
        };
    }

    private static ACode WithDevice(string device) => Phone with
    {
        Device = device,
        Claims = Phone.Claims with { Holder = DeviceKey.From(TestKeys.Of(device).PublicKey) },
    };

    private static ACode WithHolder(byte[] x) => Phone with { Claims = Phone.Claims with { Holder = new DeviceKey(CoseAlgorithm.Sm2, x, false) } };

    private static Func<CborPairs, CborPairs> Algorithm(long number) => header => header.With(Labels.Algorithm, writer => writer.Integer(number));

    private static byte[] Broken(byte[] message) => [.. message.AsSpan(0, message.Length - 1), (byte)(message[^1] ^ 1)];

    private static byte[] NegateS(byte[] signature) =>
        [.. signature.AsSpan(0, 32), .. SignatureVectors.Scalar(Sm2Curve.Order - Sm2Curve.Read(signature.AsSpan(32)))];

    private static byte[] SumIsOrder(byte[] signature) =>
        [.. signature.AsSpan(0, 32), .. SignatureVectors.Scalar(Sm2Curve.Order - Sm2Curve.Read(signature.AsSpan(0, 32)))];

    private static byte[] OtherId()
    {
        var header = CodeHeader.WriteCredential(CoseAlgorithm.Sm2, TestKeys.Of("sm2-person").KeyId);
        var signed = CoseSign1.ToBeSigned(header, ClaimsCodec.Write(ACode.PaperPerson));
        return Sm2Forge.Of("sm2-person").Sign(signed, id: [], BigInteger.One << 200);
    }

    private static string OtherParity()
    {
        var isOdd = Phone.Claims.Holder!.YIsOdd;
        return Enumerable.Range(2, 100).Select(i => $"sm2-device-{i}").First(name => DeviceKey.From(TestKeys.Of(name).PublicKey).YIsOdd != isOdd);
    }

    private static byte[] OffCurve()
    {
        var x = new byte[32];
        while (Sm2Curve.TryDecompress(x, false, new byte[32]))
        {
            x[31]++;
        }

        return x;
    }
}
