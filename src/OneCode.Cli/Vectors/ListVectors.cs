using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>Lists that must be refused. The code beside them is good, so the verdict says what the refusal costs.</summary>
internal static class ListVectors
{
    private const string NoTrust = "Indeterminate TrustMissing Key";
    private const string NoStatus = "Indeterminate StatusUnknown Confidence";

    private static readonly byte[] TrustHeader = [0xa1, 0x10, 0x19, 0xfd, 0xea];

    public static IEnumerable<Vector> All() => [.. TrustLists(), .. StatusLists()];

    private static IEnumerable<Vector> TrustLists()
    {
        yield return Trust("trust-list-damaged", "Its last byte is missing.", TrustListRejection.Malformed, World.Trust[..^1]);
        yield return Trust("trust-list-trailing", "A byte after its end.", TrustListRejection.Malformed, [.. World.Trust, 0x00]);
        yield return Trust("trust-list-is-status-list", "A status list where a trust list belongs.", TrustListRejection.UnexpectedType, World.StatusLists[0]);
        yield return Trust("trust-list-is-credential", "A credential where a trust list belongs.", TrustListRejection.UnexpectedType, new ACode().Bytes());
        yield return Trust("trust-list-other-type", "A COSE_Sign of another typ, signed by the roots.", TrustListRejection.UnexpectedType,
            World.SignTrustPayload(TrustListCodec.Write(World.TrustContent), ["root-1", "root-2"], [0xa1, 0x10, 0x19, 0xfd, 0xe9]));
        yield return Trust("trust-list-deep", "Arrays in one another where a list belongs.", TrustListRejection.Malformed, [.. Enumerable.Repeat((byte)0x81, 10_000), 0x00]);
        yield return Trust("trust-list-array-of-2-32", "A declared length of 2^32.", TrustListRejection.Malformed, [0xd8, 0x62, 0x9b, 0, 0, 0, 1, 0, 0, 0, 0]);
        yield return Trust("trust-list-seventeen-signatures", "More signatures than a list may have.", TrustListRejection.Malformed,
            World.SignTrust(World.TrustContent, ["root-1", "root-2", .. Enumerable.Range(0, 15).Select(number => $"root-of-{2030 + number}")]));
        yield return Trust("trust-list-forged", "A root's signature that does not hold.", TrustListRejection.SignatureInvalid, [.. World.Trust.AsSpan(0, World.Trust.Length - 1), (byte)(World.Trust[^1] ^ 1)]);
        yield return Trust("trust-list-forged-before-malformed", "A root's signature that does not hold, then one that is none: judged one after another.", TrustListRejection.SignatureInvalid, Signatures([Forged("root-1"), [0x80]]));
        yield return Trust("trust-list-malformed-before-forged", "The same two the other way round.", TrustListRejection.Malformed, Signatures([[0x80], Forged("root-1")]));
        yield return Trust("trust-list-algorithm-other", "A root's signature under an algorithm that the root does not have.", TrustListRejection.SignatureInvalid, Signatures([SignedAs("root-1", -8), SignedAs("root-2", -7)]));
        yield return Trust("trust-list-header-more", "typ 65002 and one label more.", TrustListRejection.UnexpectedType,
            World.SignTrustPayload(TrustListCodec.Write(World.TrustContent), ["root-1", "root-2"], [0xa2, 0x01, 0x26, 0x10, 0x19, 0xfd, 0xea]));
        yield return Trust("trust-list-template-space", "A space in a template.", TrustListRejection.Malformed,
            World.SignTrust(World.TrustContent with { Keys = [World.TrustContent.Keys[0] with { StatusUriTemplate = "https://s.example.cn/34/ {list}" }] }));
        yield return Trust("trust-list-template-of-status-key", "A status key with a status list of its own.", TrustListRejection.Malformed,
            World.SignTrust(World.TrustContent with { Keys = [World.TrustContent.Keys[3] with { StatusUriTemplate = World.Template34 }] }));
        yield return Trust("trust-list-one-of-two", "One root where two must sign.", TrustListRejection.ThresholdNotMet, World.SignTrust(World.TrustContent, "root-1"));
        yield return Trust("trust-list-strangers", "Signed well, by keys that are not roots.", TrustListRejection.ThresholdNotMet, World.SignTrust(World.TrustContent, "stranger", "thief"));
        yield return Trust("trust-list-same-root-twice", "One root signs twice: two signatures, one root.", TrustListRejection.Malformed, World.SignTrust(World.TrustContent, "root-1", "root-1"));
        yield return Trust("trust-list-key-twice", "One key with two purposes.", TrustListRejection.Malformed,
            World.SignTrust(World.TrustContent with { Keys = [World.TrustContent.Keys[0], World.TrustContent.Keys[0] with { Purpose = KeyPurpose.Enterprise }] }));
        yield return Trust("trust-list-version-zero", "Versions begin at one.", TrustListRejection.Malformed, World.SignTrust(World.TrustContent with { Version = 0 }));
        yield return Trust("trust-list-no-placeholder", "A template without {list}.", TrustListRejection.Malformed,
            World.SignTrust(World.TrustContent with { Keys = [World.TrustContent.Keys[0] with { StatusUriTemplate = "https://s.example.cn/" }] }));
        yield return Trust("trust-list-point-off-curve", "A key that is no point of the curve.", TrustListRejection.Malformed, World.SignTrustPayload(OffCurve(), ["root-1", "root-2"]));
        yield return new("trust-list-root-to-come", "A third signature, of a root that we do not know yet, is passed over.", "Passed")
        {
            Code = new ACode(),
            TrustLists = [World.SignTrust(World.TrustContent, "root-3", "root-of-2030", "root-1")],
        };
        yield return new("trust-list-newer", "A newer list takes the place of the one held.", "Failed KeyWithdrawn Scope")
        {
            Code = new ACode(),
            TrustLists = [World.Trust, World.SignTrust(Withdrawn(8))],
        };
        yield return new("trust-list-rollback", "An older list does not bring a withdrawn key back.", "Failed KeyWithdrawn Scope")
        {
            Code = new ACode(),
            TrustLists = [World.SignTrust(Withdrawn(8)), World.Trust],
            RefusedTrustLists = new Dictionary<int, TrustListRejection> { [1] = TrustListRejection.Rollback },
        };
        yield return new("trust-list-came-back", "The list from before a withdrawal, after it: what a cache in between may serve.", "Failed KeyWithdrawn Scope")
        {
            Code = new ACode(),
            TrustLists = [World.Trust, World.SignTrust(Withdrawn(8)), World.Trust],
            RefusedTrustLists = new Dictionary<int, TrustListRejection> { [2] = TrustListRejection.Rollback },
        };
        yield return new("trust-list-one-key-killed", "A withdrawn key takes its own codes along and nobody else's.", "Passed")
        {
            Code = new ACode { Key = "enterprise", Claims = ACode.PaperEnterprise },
            TrustLists = [World.Trust, World.SignTrust(Withdrawn(8))],
        };
        yield return new("trust-list-region-killed", "All keys of one region withdrawn at once: its codes die.", "Failed KeyWithdrawn Scope")
        {
            Code = new ACode { Key = "person-32", Claims = ACode.PaperPerson with { Issuer = "32" } },
            TrustLists = [World.Trust, World.SignTrust(WithoutRegion32())],
        };
        yield return new("trust-list-other-region-killed", "The same list, a code of another region: it lives.", "Passed")
        {
            Code = new ACode(),
            TrustLists = [World.Trust, World.SignTrust(WithoutRegion32())],
        };
        yield return new("trust-list-two-of-one-version", "Two lists of one version: one of them is a split view.", "Passed")
        {
            Code = new ACode(),
            TrustLists = [World.Trust, World.SignTrust(Withdrawn(7))],
            RefusedTrustLists = new Dictionary<int, TrustListRejection> { [1] = TrustListRejection.Rollback },
        };
        yield return new("trust-list-again", "The same list again is no rollback.", "Passed") { Code = new ACode(), TrustLists = [World.Trust, World.Trust] };
    }

    private static IEnumerable<Vector> StatusLists()
    {
        var content = World.StatusContent("pm27110");
        yield return Status("status-list-damaged", "Its last byte is missing.", StatusListRejection.Malformed, World.SignStatus(content)[..^1]);
        yield return Status("status-list-is-credential", "A credential where a status list belongs.", StatusListRejection.UnexpectedType, new ACode().Bytes());
        yield return Status("status-list-jwt-type", "Another media type.", StatusListRejection.UnexpectedType, World.SignStatusPayload(StatusListToken.WritePayload(content), type: "application/statuslist+jwt"));
        yield return Status("status-list-stranger", "Signed by a key that the trust list does not have.", StatusListRejection.KeyNotInTrustList, World.SignStatus(content, "stranger"));
        yield return Status("status-list-algorithm-other", "alg EdDSA over a key of ES256.", StatusListRejection.AlgorithmMismatch,
            World.SignStatusPayload(StatusListToken.WritePayload(content), algorithm: -8));
        yield return Status("status-list-forged", "Its signature does not hold.", StatusListRejection.SignatureInvalid, Flip(World.SignStatus(content)));
        yield return Status("status-list-by-person-key", "Signed by a key for persons.", StatusListRejection.PurposeMismatch, World.SignStatus(content, "person"));
        yield return Status("status-list-key-withdrawn", "Signed by a key that got out.", StatusListRejection.KeyWithdrawn, World.SignStatus(content, "status-withdrawn"));
        yield return Status("status-list-key-retired", "Signed by a key that had retired.", StatusListRejection.KeyNotInForce, World.SignStatus(content, "status-retired"));
        yield return Status("status-list-four-bits", "Four bits an entry.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes(content.List.Deflate()).Text("bits").Integer(4)));
        yield return Status("status-list-bomb", "A stream that inflates beyond the limit.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes(Zlib.Deflate(new byte[StatusList.MaximumBytes + 1])).Text("bits").Integer(2)));
        yield return Status("status-list-bomb-5-megabytes", "Five megabytes in five kilobytes.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes(Zlib.Deflate(new byte[5_000_000])).Text("bits").Integer(2)));
        yield return Status("status-list-deep", "Arrays in one another where a list belongs.", StatusListRejection.Malformed, [.. Enumerable.Repeat((byte)0x81, 10_000), 0x00]);
        yield return Status("status-list-of-next-format", "A COSE_Sign where a status list belongs.", StatusListRejection.Malformed, World.Trust);
        yield return Status("status-list-lst-truncated", "A stream that stops early.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes(content.List.Deflate().AsSpan()[..^5]).Text("bits").Integer(2)));
        yield return Status("status-list-lst-trailing", "Something after the stream.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes([.. content.List.Deflate(), 0x00]).Text("bits").Integer(2)));
        yield return Status("status-list-lst-checksum-twice", "The right checksum, and again after the stream's end: it says where the content ends, not that the bytes do.", StatusListRejection.Malformed,
            Payload(map => map.Text("lst").Bytes([.. content.List.Deflate(), .. content.List.Deflate()[^4..]]).Text("bits").Integer(2)));
        yield return Status("status-list-lst-stream-twice", "Two streams.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes([.. content.List.Deflate(), .. content.List.Deflate()]).Text("bits").Integer(2)));
        yield return Status("status-list-lst-dictionary", "A stream that needs a dictionary.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes(WithDictionary(content.List.Deflate())).Text("bits").Integer(2)));
        yield return Status("status-list-lst-empty", "A stream of nothing.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes(Convert.FromHexString("78da030000000001")).Text("bits").Integer(2)));
        yield return Status("status-list-ends-before-it-begins", "exp is not after iat.", StatusListRejection.Malformed,
            World.SignStatusPayload(new CborPairs(StatusListToken.WritePayload(content)).With(Labels.ExpiresAt, writer => writer.Integer(content.IssuedAt.ToUnixTimeSeconds())).ToBytes()));
        yield return Status("status-list-lst-checksum", "A wrong checksum.", StatusListRejection.Malformed, Payload(map => map.Text("lst").Bytes(Flip(content.List.Deflate())).Text("bits").Integer(2)));
        yield return Status("status-list-no-ttl", "No ttl.", StatusListRejection.Malformed, World.SignStatusPayload(new CborPairs(StatusListToken.WritePayload(content)).Without(Labels.TimeToLive).ToBytes()));
        yield return Status("status-list-other-member", "A member of the status list that the draft does not name.", StatusListRejection.Malformed,
            Payload(map => map.Text("lst").Bytes(content.List.Deflate()).Text("bits").Integer(2).Text("aggregation_uro").Text("https://s.example.cn/34"), members: 3));
        yield return Status("status-list-aggregation-empty", "An aggregation_uri that is no text of one byte or more.", StatusListRejection.Malformed,
            Payload(map => map.Text("lst").Bytes(content.List.Deflate()).Text("bits").Integer(2).Text("aggregation_uri").Text(""), members: 3));
        yield return new("status-list-with-aggregation", "With the draft's optional aggregation_uri.", "Passed")
        {
            Code = new ACode(),
            StatusLists = [World.SignStatus(content with { AggregationUri = "https://s.example.cn/34" })],
        };
        yield return new("status-list-rollback", "An older list does not un-revoke.", "Failed Revoked Status")
        {
            Code = new ACode(),
            StatusLists = [World.SignStatus(RevokedSeven()), World.SignStatus(content)],
            RefusedStatusLists = new Dictionary<int, StatusListRejection> { [1] = StatusListRejection.Rollback },
        };
        yield return new("status-list-newer", "A newer list revokes.", "Failed Revoked Status") { Code = new ACode(), StatusLists = [World.SignStatus(content), World.SignStatus(RevokedSeven())] };
        yield return new("status-list-dropped-with-its-key", "A new trust list withdraws the key that signed the status list held.", NoStatus)
        {
            Code = new ACode(),
            TrustLists = [World.SignTrust(World.TrustContent with { Keys = [.. World.TrustContent.Keys.Select(WithdrawStatus)] })],
            StatusLists = [World.SignStatus(content)],
            RefusedStatusLists = new Dictionary<int, StatusListRejection> { [0] = StatusListRejection.KeyWithdrawn },
        };
    }

    private static TrustListContent WithoutRegion32() => World.TrustContent with
    {
        Version = 8,
        Keys = [.. World.TrustContent.Keys.Select(key => key.Issuer == "32" ? key with { WithdrawnSince = World.Now.AddHours(-2) } : key)],
    };

    private static TrustListContent Withdrawn(long version) => World.TrustContent with
    {
        Version = version,
        Keys = [World.TrustContent.Keys[0] with { WithdrawnSince = World.Now }, .. World.TrustContent.Keys.Skip(1)],
    };

    private static TrustedKey WithdrawStatus(TrustedKey key) => key.Purpose == KeyPurpose.StatusList ? key with { WithdrawnSince = World.Now } : key;

    private static StatusListContent RevokedSeven()
    {
        var content = World.StatusContent("pm27110") with { IssuedAt = World.Now.AddMinutes(-1) };
        content.List.Set(World.CleanIndex, StatusValue.Invalid);
        return content;
    }

    private static byte[] Payload(Action<CborWriter> list, int members = 2) => World.SignStatusPayload(
        new CborPairs(StatusListToken.WritePayload(World.StatusContent("pm27110"))).With(Labels.StatusList, writer => list(writer.Map(members))).ToBytes());

    private static byte[] OffCurve()
    {
        var payload = TrustListCodec.Write(World.TrustContent);
        var at = payload.AsSpan().IndexOf(World.TrustContent.Keys[0].PublicKey.Y);
        payload[at + 31] ^= 1;
        return payload;
    }

    private static byte[] Signatures(byte[][] signatures)
    {
        var writer = new CborWriter().Tag(Labels.CoseSign).Array(4).Bytes(TrustHeader).Map(0).Bytes(TrustListCodec.Write(World.TrustContent)).Array(signatures.Length);
        foreach (var signature in signatures)
        {
            writer.Encoded(signature);
        }

        return writer.ToArray();
    }

    private static byte[] Forged(string root) => Flip(SignedAs(root, -7));

    private static byte[] SignedAs(string root, long algorithm)
    {
        var header = new CborWriter().Map(2).Integer(Labels.Algorithm).Integer(algorithm).Integer(Labels.KeyId).Bytes(TestKeys.Of(root).KeyId.ToBytes()).ToArray();
        var signature = TestKeys.Sign(root, TrustListToken.ToBeSigned(TrustHeader, header, TrustListCodec.Write(World.TrustContent)));
        return new CborWriter().Array(3).Bytes(header).Map(0).Bytes(signature).ToArray();
    }

    // The flag in the second byte, with the first two again a multiple of 31, then the dictionary's checksum.
    private static byte[] WithDictionary(byte[] stream) => [0x78, 0xbb, 0, 0, 0, 1, .. stream.AsSpan(2)];

    private static byte[] Flip(byte[] bytes) => [.. bytes.AsSpan(0, bytes.Length - 1), (byte)(bytes[^1] ^ 1)];

    private static Vector Trust(string name, string comment, TrustListRejection rejection, byte[] list) => new(name, comment, NoTrust)
    {
        Code = new ACode(),
        TrustLists = [list],
        StatusLists = [],
        RefusedTrustLists = new Dictionary<int, TrustListRejection> { [0] = rejection },
    };

    private static Vector Status(string name, string comment, StatusListRejection rejection, byte[] list) => new(name, comment, NoStatus)
    {
        Code = new ACode(),
        StatusLists = [list],
        RefusedStatusLists = new Dictionary<int, StatusListRejection> { [0] = rejection },
    };
}
