using OneCode.Wire;

namespace OneCode.Cli.Vectors;

internal static class HolderVectors
{
    public static IEnumerable<Vector> All()
    {
        yield return new("holder-bare", "A phone's credential without the phone: a screenshot must not become paper.", "Failed HolderProofMissing Holder")
        {
            Code = ACode.Phone with { IsPresented = false },
        };
        yield return new("holder-paper-presented", "A paper credential in a presentation.", "Failed HolderProofUnexpected Holder") { Code = new ACode { IsPresented = true } };
        yield return new("holder-other-phone", "Signed by another phone.", "Failed HolderProofInvalid Holder") { Code = ACode.Phone with { Device = "thief" } };
        yield return new("holder-signature-zero", "r = s = 0 again.", "Failed HolderProofInvalid Holder") { Code = ACode.Phone with { ChangeProofSignature = _ => new byte[64] } };
        yield return new("holder-transplanted", "Another person's credential under this phone's proof.", "Failed HolderProofInvalid Holder")
        {
            Code = ACode.Phone with { ChangeBytes = _ => Transplant() },
        };
        yield return new("holder-algorithm-other", "alg EdDSA over a device key of P-256.", "Failed AlgorithmMismatch Holder")
        {
            Code = ACode.Phone with { ChangeProofHeader = header => header.With(Labels.Algorithm, writer => writer.Integer(-8)) },
        };
        yield return new("holder-not-on-curve", "An x that no point has.", "Failed Malformed Holder") { Code = ACode.Phone with { Claims = ACode.PhonePerson with { Holder = new DeviceKey(CoseAlgorithm.Es256, OffCurve(), false) } } };
        yield return new("holder-x-beyond-prime", "An x that is not below the prime.", "Failed Malformed Holder")
        {
            Code = ACode.Phone with { Claims = ACode.PhonePerson with { Holder = new DeviceKey(CoseAlgorithm.Es256, Enumerable.Repeat((byte)0xff, 32).ToArray(), false) } },
        };
        yield return new("holder-other-audience", "Made for somebody else.", "Failed AudienceMismatch Holder")
        {
            Code = ACode.Phone with { ChangeProofClaims = claims => claims.With(3, writer => writer.Text("https://bank.example.cn")) },
        };
        yield return new("holder-extra-claim", "A presentation says two things and no third.", "Failed Malformed Holder")
        {
            Code = ACode.Phone with { ChangeProofClaims = claims => claims.With(4, writer => writer.Integer(4102444800)) },
        };
        yield return new("holder-no-time", "A presentation without a moment.", "Failed Malformed Holder") { Code = ACode.Phone with { ChangeProofClaims = claims => claims.Without(6) } };
        yield return new("holder-time-text", "A moment in words.", "Failed Malformed Holder") { Code = ACode.Phone with { ChangeProofClaims = claims => claims.With(6, writer => writer.Text("now")) } };
    }

    // The victim's credential is bound to another key; the thief keeps the proof of his own.
    private static byte[] Transplant()
    {
        _ = CoseSign1.TryRead(ACode.Phone.Bytes(), Labels.CodeItems, out var own);
        var victims = ACode.Phone with { Claims = ACode.PhonePerson with { Holder = DeviceKey.From(TestKeys.Of("victim").PublicKey) } };
        return CoseSign1.Write(CodeHeader.WritePresentation(CoseAlgorithm.Es256, victims.Credential()), own.Payload, own.Signature);
    }

    private static byte[] OffCurve()
    {
        var x = new byte[32];
        while (new DeviceKey(CoseAlgorithm.Es256, x, false).TryDecompress(out _))
        {
            x[31]++;
        }

        return x;
    }
}
