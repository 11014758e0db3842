using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>
/// Each value of what is signed in turn as an item of every other kind of CBOR, signed again by who may: what a decoder takes for granted shows here.
/// </summary>
internal static class KindVectors
{
    private static readonly string[] OneRoot = ["root-1"];

    // An integer, bytes, a text, an array, a map, a tag, true.
    private static readonly byte[][] Kinds = [[0x01], [0x41, 0x31], [0x61, 0x31], [0x80], [0xa0], [0xd2, 0x01], [0xf5]];

    public static IEnumerable<Vector> All()
    {
        yield return Codes("kinds-person", new ACode());
        yield return Codes("kinds-enterprise", new ACode { Key = "enterprise", Claims = ACode.PaperEnterprise });
        yield return Codes("kinds-vehicle", new ACode { Key = "vehicle", Claims = ACode.PaperVehicle });
        var phone = Codes("kinds-phone", ACode.Phone);
        yield return phone with { Also = [.. phone.Also, .. Proofs()] };
        yield return TrustLists();
        yield return TrustMessages();
        yield return StatusLists();
    }

    /// <summary>The same of a change of roots.</summary>
    public static RootsVector Roots()
    {
        var next = new TrustRoots([TestKeys.Of("new-1").PublicKey], 1) { Version = 2 };
        byte[] header = [0xa1, 0x10, 0x19, 0xfd, 0xec];
        string[] signers = ["root-1", "new-1"];
        var steps = Changed(TrustRootsToken.WritePayload(next)).Select(payload => new RootsStep(World.SignTrustPayload(payload, signers, header), TrustListRejection.Malformed));
        return new("payload-kinds", "Each value as an item of every other kind, and in the end the change as it should be.", [.. steps, new(World.SignTrustPayload(TrustRootsToken.WritePayload(next), signers, header))])
        {
            Roots = new([TestKeys.Of("root-1").PublicKey], 1),
        };
    }

    private static Vector Codes(string name, ACode code) => new(name, "Each value of the claims and of the header as an item of every other kind.", "Passed")
    {
        Code = code,
        Also =
        [
            .. Changed(ClaimsCodec.Write(code.Claims)).Select(payload => (code with { ChangePayload = _ => payload }, "Failed Malformed Claims")),
            .. Headers(code),
        ],
    };

    private static IEnumerable<(ACode Code, string Expect)> Headers(ACode code)
    {
        foreach (var header in Changed(CodeHeader.WriteCredential(CoseAlgorithm.Es256, TestKeys.Of(code.Key).KeyId)))
        {
            var reason = new CborPairs(header).Value(Labels.Type) is [0x19, ..] ? "Malformed" : "UnexpectedType";
            yield return (code with { ChangeHeaderBytes = _ => header }, $"Failed {reason} Type");
        }
    }

    // What the phone signs. The credential in its header is an item like others, and goes through steps of its own.
    private static IEnumerable<(ACode Code, string Expect)> Proofs()
    {
        foreach (var (label, major, expect) in new[] { (Labels.Algorithm, 1, "Failed Malformed Type"), (Labels.Kcwt, 6, "Failed Malformed Structure"), (Labels.Type, 0, "Failed UnexpectedType Type") })
        {
            foreach (var kind in Others(major))
            {
                yield return (ACode.Phone with { ChangeProofHeader = header => header.With(label, writer => writer.Encoded(kind)) }, expect);
            }
        }

        foreach (var (label, major) in new[] { (Labels.Audience, 3), (Labels.IssuedAt, 0) })
        {
            foreach (var kind in Others(major))
            {
                yield return (ACode.Phone with { ChangeProofClaims = claims => claims.With(label, writer => writer.Encoded(kind)) }, "Failed Malformed Holder");
            }
        }
    }

    private static Vector TrustLists()
    {
        var content = World.TrustContent with
        {
            Keys = [World.TrustContent.Keys[0] with { StatusFloor = World.Now.AddDays(-9) }, World.TrustContent.Keys[3] with { WithdrawnSince = null }],
            Levels = [new LevelMapping("32", 0, 1, 3, 4)],
        };
        var killed = TrustListCodec.Write(content with { Keys = [World.TrustContent.Keys[1] with { WithdrawnSince = World.Now }], Levels = [] });
        byte[][] lists =
        [
            .. Changed(TrustListCodec.Write(content)).Select(payload => World.SignTrustPayload(payload, OneRoot, TrustListToken.HeaderOf(content).ToArray())),
            .. Changed(killed).Select(payload => World.SignTrustPayload(payload, OneRoot)),
        ];
        return new("kinds-trust-list", "Each value of a trust list as an item of every other kind, and in the end the list as it should be.", "Passed")
        {
            Code = new ACode(),
            Roots = new([TestKeys.Of("root-1").PublicKey], 1),
            TrustLists = [.. lists, World.SignTrust(content, OneRoot)],
            RefusedTrustLists = Enumerable.Range(0, lists.Length).ToDictionary(place => place, _ => TrustListRejection.Malformed),
        };
    }

    // What stands around the payload, and in the header of a root's signature, which that root signs too.
    private static Vector TrustMessages()
    {
        var content = World.TrustContent with { Keys = [World.TrustContent.Keys[0], World.TrustContent.Keys[3]] };
        var good = World.SignTrust(content, OneRoot);
        var header = TrustListToken.SignatureHeader(CoseAlgorithm.Es256, TestKeys.Of("root-1").KeyId);
        byte[][] lists =
        [
            .. Changed(good[2..]).Select(message => (byte[])[.. good[..2], .. message]),
            .. Changed(header).Select(changed => Signed(changed)),
            Signed(new CborPairs(header).Without(Labels.Algorithm).ToBytes()),
            Signed(new CborPairs(header).Without(Labels.KeyId).ToBytes()),
            Signed(new CborPairs(header).With(2, writer => writer.Array(0)).ToBytes()),
            Signed(new CborPairs(header).With(Labels.KeyId, writer => writer.Bytes(new byte[7])).ToBytes()),
            Signed([]),
            Signed([.. header, 0]),
            Signed(header, unprotected: [0xa1, 0x01, 0x26]),
            Signed(header, bodyUnprotected: [0xa1, 0x01, 0x26]),
            Signed(header, change: signature => signature[1..]),
            Signed(header, change: signature => [.. signature, 0]),
        ];
        return new("kinds-trust-list-message", "What stands around a trust list's payload as items of every other kind and size, and in the end the list as it should be.", "Passed")
        {
            Code = new ACode(),
            Roots = new([TestKeys.Of("root-1").PublicKey], 1),
            TrustLists = [.. lists, good],
            RefusedTrustLists = Enumerable.Range(0, lists.Length).ToDictionary(place => place, _ => TrustListRejection.Malformed),
        };

        byte[] Signed(byte[] signHeader, byte[]? unprotected = null, byte[]? bodyUnprotected = null, Func<byte[], byte[]>? change = null)
        {
            var body = TrustListToken.HeaderOf(content).ToArray();
            var payload = TrustListCodec.Write(content);
            var signature = TestKeys.Sign("root-1", TrustListToken.ToBeSigned(body, signHeader, payload));
            return new CborWriter().Tag(Labels.CoseSign).Array(4).Bytes(body).Encoded(bodyUnprotected ?? [0xa0]).Bytes(payload)
                .Array(1).Array(3).Bytes(signHeader).Encoded(unprotected ?? [0xa0]).Bytes(change?.Invoke(signature) ?? signature).ToArray();
        }
    }

    private static Vector StatusLists()
    {
        var content = World.StatusContent("pm27110");
        var lists = Changed(StatusListToken.WritePayload(content)).Select(payload => World.SignStatusPayload(payload)).ToList();
        return new("kinds-status-list", "Each value of a status list as an item of every other kind, and in the end the list as it should be.", "Passed")
        {
            Code = new ACode(),
            StatusLists = [.. lists, World.SignStatus(content)],
            RefusedStatusLists = Enumerable.Range(0, lists.Count).ToDictionary(place => place, _ => StatusListRejection.Malformed),
        };
    }

    private static IEnumerable<byte[]> Changed(byte[] map) =>
        from place in Values(map, 0)
        from kind in Others(map[place.Start.Value] >> 5)
        select (byte[])[.. map[..place.Start], .. kind, .. map[place.End..]];

    // An integer above zero is no other kind than one below.
    private static IEnumerable<byte[]> Others(int major) => Kinds.Where(kind => kind[0] >> 5 != (major == 1 ? 0 : major));

    // Every element of an array and every value of a map, however deep.
    private static IEnumerable<Range> Values(byte[] bytes, int start)
    {
        var major = bytes[start] >> 5;
        if (major is not (4 or 5))
        {
            yield break;
        }

        var count = bytes[start] & 0x1f;
        for (var (at, item) = (start + 1, 0); item < count * (major - 3); item++)
        {
            _ = DeterministicCbor.TryMeasure(bytes.AsSpan(at), Labels.CodeItems, out var length);
            if (major == 4 || item % 2 == 1)
            {
                yield return at..(at + length);
                foreach (var inner in Values(bytes, at))
                {
                    yield return inner;
                }
            }

            at += length;
        }
    }
}
