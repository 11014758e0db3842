using OneCode.Wire;

namespace OneCode.Cli.Vectors;

internal static class StructureVectors
{
    private const string Malformed = "Failed Malformed Structure";

    public static IEnumerable<Vector> All()
    {
        var good = new ACode().Bytes();
        yield return Bytes("structure-empty", "No bytes at all.", []);
        yield return Bytes("structure-trailing-byte", "Something after the end.", [.. good, 0x00]);
        yield return Bytes("structure-truncated", "The last byte is missing.", good[..^1]);
        yield return Bytes("structure-no-tag", "An untagged COSE_Sign1.", good[1..]);
        yield return Bytes("structure-other-tag", "Tag 17 is a COSE_Mac0.", [0xd1, .. good.AsSpan(1)]);
        yield return Bytes("structure-cwt-tag", "The CWT tag 61 in front.", [0xd8, 0x3d, .. good]);
        yield return Bytes("structure-tag-twice", "Tag 18 twice.", [0xd2, .. good]);
        yield return Bytes("structure-long-tag", "Tag 18 in two bytes.", [0xd8, 0x12, .. good.AsSpan(1)]);
        yield return Bytes("structure-indefinite-array", "An array of indefinite length (CVE-2026-21218 walked past such a map).", [0xd2, 0x9f, .. good.AsSpan(2), 0xff]);
        yield return Bytes("structure-long-array-head", "The length four in two bytes.", [0xd2, 0x98, 0x04, .. good.AsSpan(2)]);
        yield return Bytes("structure-five-items", "One item more.", [0xd2, 0x85, .. good.AsSpan(2), 0x00]);
        yield return Bytes("structure-array-of-2-32", "A declared length of 2^32: nothing is allocated for a claim.", [0xd2, 0x9b, 0, 0, 0, 1, 0, 0, 0, 0]);
        yield return Bytes("structure-bytes-of-2-63", "A string of 2^63 bytes.", [0xd2, 0x84, 0x5b, 0x80, 0, 0, 0, 0, 0, 0, 0]);
        yield return Bytes("structure-deep", "A thousand arrays in one another.", [.. Enumerable.Repeat((byte)0x81, 1000), 0x00]);
        yield return Bytes("structure-deep-8k", "Five thousand, as many as a text can hold.", [.. Enumerable.Repeat((byte)0x81, 5400), 0x00]);
        yield return Bytes("structure-deep-tags", "Tags in one another.", [.. Enumerable.Repeat((byte)0xd2, 5400), 0x00]);
        yield return Bytes("structure-nine-deep", "Nine arrays, where eight may be open.", [.. Enumerable.Repeat((byte)0x81, 9), 0x00]);
        yield return Bytes("structure-indefinite-map", "An unprotected header of indefinite length, and empty.", [.. good.AsSpan(0, 20), 0xbf, 0xff, .. good.AsSpan(21)]);
        yield return Bytes("structure-indefinite-bytes", "A signature in chunks.", [.. good.AsSpan(0, good.Length - 66), 0x5f, .. good.AsSpan(good.Length - 66), 0xff]);
        yield return Bytes("structure-compressed", "A zlib stream, as other systems put into their codes: OC1 inflates nothing that a stranger sends.", Zlib.Deflate(good));
        yield return Bytes("structure-compressed-bomb", "Five megabytes of zeros in five kilobytes.", Zlib.Deflate(new byte[5_000_000]));
        yield return Message("structure-unprotected-alg", "alg in the unprotected header alone.", (header, payload, signature) => new CborWriter()
            .Tag(18).Array(4).Bytes(new CborPairs(header).Without(Labels.Algorithm).ToBytes()).Map(1).Integer(1).Integer(-7).Bytes(payload).Bytes(signature).ToArray());
        yield return Message("structure-alg-in-both", "alg in both headers, each naming another.", (header, payload, signature) => new CborWriter()
            .Tag(18).Array(4).Bytes(header).Map(1).Integer(1).Integer(-8).Bytes(payload).Bytes(signature).ToArray());
        yield return Message("structure-unprotected-crit", "crit in the unprotected header.", (header, payload, signature) => new CborWriter()
            .Tag(18).Array(4).Bytes(header).Map(1).Integer(2).Array(0).Bytes(payload).Bytes(signature).ToArray());
        yield return Bytes("structure-many-items", "Six hundred items.", [0xd2, 0x84, 0x43, 0xa1, 0x10, 0x00, 0xa0, 0x99, 0x02, 0x58, .. new byte[600], 0x40]);
        yield return Bytes("structure-map", "A map is no COSE_Sign1.", [0xa1, 0x01, 0x02]);
        yield return Message("structure-unprotected-kid", "kid beside the signature instead of under it.", (header, payload, signature) => new CborWriter()
            .Tag(18).Array(4).Bytes(header).Map(1).Integer(4).Bytes(TestKeys.Of("person").KeyId.ToBytes()).Bytes(payload).Bytes(signature).ToArray());
        yield return Message("structure-detached-payload", "null for a payload that is elsewhere.", (header, _, signature) => new CborWriter()
            .Tag(18).Array(4).Bytes(header).Map(0).Encoded([0xf6]).Bytes(signature).ToArray());
        yield return Message("structure-payload-not-bytes", "A payload that is not in a byte string.", (header, payload, signature) => new CborWriter()
            .Tag(18).Array(4).Bytes(header).Map(0).Encoded(payload).Bytes(signature).ToArray());
        yield return Message("structure-no-unprotected", "The unprotected header left out, and something behind to make four: header, payload and signature are the genuine ones.", (header, payload, signature) => new CborWriter()
            .Tag(18).Array(4).Bytes(header).Bytes(payload).Bytes(signature).Integer(0).ToArray());
        yield return Message("structure-signed-in-unprotected", "Payload and signature as key and value of the unprotected header: read one after the other they would be genuine.", (header, payload, signature) => new CborWriter()
            .Tag(18).Array(4).Bytes(header).Map(1).Bytes(payload).Bytes(signature).Integer(0).Integer(0).ToArray());
        yield return Bytes("structure-trust-list-damaged", "A damaged trust list: damage, and no longer a trust list.", [0xd8, 0x62, 0x84, 0x40]);
        yield return Message("structure-signature-63", "A signature of 63 bytes.", (header, payload, signature) => CoseSign1.Write(header, payload, signature.AsSpan(1)));
        yield return Message("structure-signature-der", "A signature in DER.", (header, payload, signature) => CoseSign1.Write(header, payload, Der(signature)));
        yield return Message("structure-header-empty", "No protected header.", (_, payload, signature) => CoseSign1.Write([], payload, signature));
        yield return Message("structure-header-array", "A protected header that is an array.", (_, payload, signature) => CoseSign1.Write([0x80], payload, signature));
        yield return Code("structure-header-label-twice", "typ twice: two readers, two meanings.", new ACode
        {
            ChangeHeader = header => header.Append(Labels.Type, writer => writer.Integer(Labels.TrustListType)),
        });
        yield return Code("structure-header-unsorted", "Labels out of order.", new ACode
        {
            ChangeHeader = header => header.Without(Labels.Algorithm).Append(Labels.Algorithm, writer => writer.Integer(-7)),
        });
        yield return Code("structure-header-float", "alg as the float -7.0.", new ACode
        {
            ChangeHeader = header => header.With(Labels.Algorithm, writer => writer.Encoded([0xf9, 0xc7, 0x00])),
        });
        yield return Code("structure-header-trailing", "A byte after the header's map.", new ACode { ChangeHeaderBytes = header => [.. header, 0x00] });
        yield return new("structure-trust-list", "A trust list where a code belongs.", "Failed UnexpectedType Structure") { Text = CodeText.Encode(SmallTrustList()) };
        yield return Code("structure-presented-in-bytes", "A credential wrapped in a byte string inside the presentation.", ACode.Phone with
        {
            ChangeProofHeader = header => header.With(Labels.Kcwt, writer => writer.Bytes(ACode.Phone.Credential())),
        });
        yield return Code("structure-presented-damaged", "A presentation of a truncated signature.", ACode.Phone with
        {
            ChangeProofHeader = header => header.With(Labels.Kcwt, writer => writer.Tag(18).Array(4).Bytes([0xa0]).Map(0).Bytes([0xa0]).Bytes(new byte[63])),
        });
    }

    // One key: a code holds at most 512 items, and so a verifier need not read a whole trust list to refuse it.
    private static byte[] SmallTrustList() => World.SignTrust(World.TrustContent with { Keys = [World.TrustContent.Keys[0]] });

    private static Vector Bytes(string name, string comment, byte[] bytes) => new(name, comment, Malformed) { Text = CodeText.Encode(bytes) };

    private static Vector Code(string name, string comment, ACode code) => new(name, comment, Malformed) { Code = code };

    private static Vector Message(string name, string comment, Func<byte[], byte[], byte[], byte[]> write)
    {
        _ = CoseSign1.TryRead(new ACode().Bytes(), Labels.CodeItems, out var message);
        return Bytes(name, comment, write(message.Protected.ToArray(), message.Payload.ToArray(), message.Signature.ToArray()));
    }

    private static byte[] Der(byte[] signature)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(signature.AsSpan(0, 32).TrimStart((byte)0));
            writer.WriteIntegerUnsigned(signature.AsSpan(32).TrimStart((byte)0));
        }

        return writer.Encode();
    }
}
