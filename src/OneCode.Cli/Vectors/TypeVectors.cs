using OneCode.Wire;

namespace OneCode.Cli.Vectors;

internal static class TypeVectors
{
    private const string Malformed = "Failed Malformed Type";
    private const string UnexpectedType = "Failed UnexpectedType Type";

    public static IEnumerable<Vector> All()
    {
        yield return Header("type-missing", "No typ.", UnexpectedType, header => header.Without(Labels.Type));
        yield return Header("type-trust-list", "A COSE_Sign1 that calls itself a trust list.", UnexpectedType, header => header.With(Labels.Type, writer => writer.Integer(Labels.TrustListType)));
        yield return Header("type-snapshot", "The reserved type of snapshots.", UnexpectedType, header => header.With(Labels.Type, writer => writer.Integer(65003)));
        yield return Header("type-text", "The media type of a status list over claims of a credential.", UnexpectedType, header => header.With(Labels.Type, writer => writer.Text(Labels.StatusListType)));
        yield return new("type-status-list", "A status list where a code belongs.", UnexpectedType) { Text = CodeText.Encode(World.StatusLists[0]) };
        yield return Header("type-presentation-of-nothing", "A credential's header that calls itself a presentation.", Malformed, header => header.With(Labels.Type, writer => writer.Integer(Labels.PresentationType)));
        yield return Header("header-crit", "crit names an extension that nobody has.", Malformed, header => header.With(2, writer => writer.Array(1).Integer(99)));
        yield return Header("header-crit-empty", "An empty crit (CVE-2026-21218).", Malformed, header => header.With(2, writer => writer.Array(0)));
        yield return Header("header-content-type", "A label that a credential does not have.", Malformed, header => header.With(3, writer => writer.Integer(61)));
        yield return Header("header-text-label", "A label that is a text.", Malformed, header => header.With(99, writer => writer.Integer(0)), bytes => ReplaceLabel99(bytes));
        yield return Header("header-alg-missing", "No alg.", Malformed, header => header.Without(Labels.Algorithm));
        yield return Header("header-alg-text", "alg as the text ES256.", Malformed, header => header.With(Labels.Algorithm, writer => writer.Text("ES256")));
        yield return Header("header-kid-missing", "No kid.", Malformed, header => header.Without(Labels.KeyId));
        yield return Header("header-kid-short", "A kid of seven bytes.", Malformed, header => header.With(Labels.KeyId, writer => writer.Bytes(new byte[7])));
        yield return Header("header-kid-text", "A kid that is a text.", Malformed, header => header.With(Labels.KeyId, writer => writer.Text("abcdefgh")));
        yield return new("presentation-with-kid", "A presentation's key is in its credential, and named nowhere else.", Malformed)
        {
            Code = ACode.Phone with { ChangeProofHeader = header => header.With(Labels.KeyId, writer => writer.Bytes(TestKeys.Of("person").KeyId.ToBytes())) },
        };
        yield return new("presentation-without-credential", "A presentation of nothing.", Malformed) { Code = ACode.Phone with { ChangeProofHeader = header => header.Without(Labels.Kcwt) } };
        yield return new("presentation-of-presentation", "A presentation inside a presentation.", UnexpectedType)
        {
            Code = ACode.Phone with { ChangeCredential = credential => ACode.Phone.Present(credential) },
        };
        yield return new("presentation-of-mistyped", "A credential that calls itself a presentation, inside a presentation: typ is judged before the other labels.", UnexpectedType)
        {
            Code = ACode.Phone with { ChangeHeader = header => header.With(Labels.Type, writer => writer.Integer(Labels.PresentationType)) },
        };
        yield return new("presentation-of-status-list", "A status list inside a presentation.", UnexpectedType) { Code = ACode.Phone with { ChangeCredential = _ => World.StatusLists[0] } };
        yield return new("presentation-of-crit", "A credential with crit inside a presentation.", Malformed)
        {
            Code = ACode.Phone with { ChangeHeader = header => header.With(2, writer => writer.Array(1).Integer(99)) },
        };
    }

    private static Vector Header(string name, string comment, string expect, Func<CborPairs, CborPairs> change, Func<byte[], byte[]>? bytes = null) =>
        new(name, comment, expect) { Code = new ACode { ChangeHeader = change, ChangeHeaderBytes = bytes } };

    // 99 is written 18 63; the text "c" is 61 63 and sorts last, as it should.
    private static byte[] ReplaceLabel99(byte[] header)
    {
        var at = header.AsSpan().LastIndexOf((ReadOnlySpan<byte>)[0x18, 0x63]);
        return [.. header.AsSpan(0, at), 0x61, 0x63, .. header.AsSpan(at + 2)];
    }
}
