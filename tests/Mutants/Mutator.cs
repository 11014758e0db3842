using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using OneCode;
using OneCode.Cli.Vectors;
using OneCode.Wire;

namespace Mutants;

/// <summary>One line for the judges, and whether a pass would be a forgery.</summary>
/// <param name="Line">What <see cref="IJudge"/> reads.</param>
/// <param name="MayPass">Says no to a pass of what nobody signed, or nobody with a right to.</param>
internal sealed record Mutant(string Line, Func<bool> MayPass);

/// <summary>
/// Damages codes, trust lists and status lists, knowing what they are made of. A part of the damage is signed again by keys that everybody knows, as an issuer
/// who makes mistakes would, so that what stands behind the signature is reached.
/// </summary>
internal sealed class Mutator
{
    private const int CodesInAWorld = 150;
    private const int CodesInAChangedWorld = 12;

    // Whose signature a verifier may believe in the world of the vectors. The withdrawn, the stranger and the status key are not among them.
    private static readonly HashSet<string> Believed =
        ["person", "enterprise", "vehicle", "person-32", "person-retired", "person-to-come", "person-no-status", "person-floor", "sm2-person", "sm2-enterprise", "sm2-vehicle"];

    private static readonly HashSet<string> Devices = ["device", "sm2-device"];

    private static readonly string[] Sm2Signers = ["sm2-person", "sm2-enterprise", "sm2-vehicle", "sm2-status", "sm2-stranger", "person", "enterprise"];

    private static readonly string[] Signers =
        ["person", "person", "person", "enterprise", "vehicle", "person-32", "person-withdrawn", "person-retired", "person-to-come", "person-no-status", "person-floor", "status", "stranger", "root-1"];

    private static readonly byte[] Order = Convert.FromHexString("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");

    /// <summary>The world of the vectors, untouched.</summary>
    public static readonly string PlainWorld = World([OneCode.Cli.Vectors.World.Trust], OneCode.Cli.Vectors.World.StatusLists);

    private readonly Dice dice;
    private readonly CredentialClaims[] claims;
    private readonly List<Node> parts;
    private readonly List<Node> maps;
    private readonly HashSet<string> genuine;
    private readonly HashSet<string> signed = [];
    private readonly string sm2World = World([Sm2World.Trust], Sm2World.StatusLists, Sm2World.Roots, "SM2");
    private int left;
    private bool isSm2;
    private bool hasLevels;

    public Mutator(ulong seed)
    {
        dice = new Dice(seed);
        var day = new StatusReference("ed2611250", OneCode.Cli.Vectors.World.CleanIndex);
        claims =
        [
            ACode.PaperPerson, ACode.PaperEnterprise, ACode.PaperVehicle, ACode.PhonePerson, ACode.PhonePerson,
            ACode.PaperEnterprise with { Form = CredentialForm.Phone, Holder = ACode.PhonePerson.Holder, Status = day, IssuedAt = ACode.PhonePerson.IssuedAt, ValidFrom = ACode.PhonePerson.ValidFrom, ExpiresAt = ACode.PhonePerson.ExpiresAt },
            ACode.PhonePerson with { ValidFrom = ACode.PhonePerson.IssuedAt.AddSeconds(60) },
        ];

        // Whole codes are among the parts, and a mutant that comes out as one of them is genuine.
        byte[] paper = new ACode().Bytes(), credential = ACode.Phone.Credential(), phone = ACode.Phone.Present(credential);
        genuine = [SignedBy("person", paper), SignedBy("person", credential), SignedBy("device", phone)];
        parts = [.. claims.Select(ClaimsCodec.Write)
            .Append(paper).Append(phone).Append(OneCode.Cli.Vectors.World.StatusLists[1]).Append(OneCode.Cli.Vectors.World.Trust)
            .SelectMany(bytes => Node.Read(bytes).All())];
        maps = [.. parts.Where(part => part.Major == 5)];
    }

    public Mutant Next()
    {
        signed.Clear();
        signed.UnionWith(genuine);
        if (left-- <= 0)
        {
            return NextWorld();
        }

        return dice.Below(100) switch
        {
            < 2 => List("trust", TrustList(out _)),
            < 4 => List("status", StatusList(out _)),
            < 18 => Code(Characters(CodeText.Encode(Message(stage: 0)))),
            < 62 => Code(AsText(Message(stage: 1))),
            < 70 => Code(AsText(Message(stage: 2))),
            < 76 => Code(AsText(Message(stage: 3))),
            < 88 => Code(AsText(Message(stage: 4))),
            < 94 => Code(AsText(Message(stage: 5))),
            < 98 => Code(AsText(Message(stage: 6))),
            _ => Code(AsText(Message(stage: 0))),
        };
    }

    // Damaged lists that their signers signed again become a world of their own, in which codes are judged.
    private Mutant NextWorld()
    {
        var kind = dice.Below(13);
        isSm2 = kind == 0;
        hasLevels = kind == 12;
        left = kind is > 0 and < 6 ? CodesInAWorld : CodesInAChangedWorld;
        if (hasLevels)
        {
            // Codes of region 32 are judged by 34's word for their levels.
            var list = OneCode.Cli.Vectors.World.SignTrust(OneCode.Cli.Vectors.World.TrustContent with { Levels = Levels() });
            return new Mutant(World([list], [.. OneCode.Cli.Vectors.World.StatusLists, LevelVectors.StatusOf32(), LevelVectors.StatusOf32("pd2611250")]), () => true);
        }

        if (kind < 6)
        {
            return new Mutant(isSm2 ? sm2World : PlainWorld, () => true);
        }

        var trust = dice.Below(3) == 0 ? OneCode.Cli.Vectors.World.Trust : Signed(TrustList);
        var statuses = OneCode.Cli.Vectors.World.StatusLists.ToList();
        statuses[dice.Below(2)] = Signed(StatusList);
        statuses.Insert(dice.Below(statuses.Count), Signed(StatusList));
        return new Mutant(World(dice.Below(3) == 0 ? [trust, OneCode.Cli.Vectors.World.Trust] : [trust], statuses), () => true);
    }

    // stage 0: nothing; 1: the message's structure; 2: a header; 3: signature or payload after signing; 4: claims, signed again; 5: the phone's half; 6: several at once.
    private byte[] Message(int stage)
    {
        bool Hits(int wanted) => stage == wanted || (stage == 6 && dice.Below(2) == 0);
        var start = dice.Of(claims);
        if (hasLevels && start.Kind == CredentialKind.Person && dice.Below(3) > 0)
        {
            start = start with { Issuer = "32", Level = 1 + dice.Below(4) };
        }

        var isPhone = start.Form == CredentialForm.Phone;
        var right = start.Kind switch { CredentialKind.Person => start.Issuer == "32" ? "person-32" : "person", CredentialKind.Enterprise => "enterprise", _ => "vehicle" };
        var signer = dice.Below(6) == 0 ? dice.Of(isSm2 ? Sm2Signers : Signers) : isSm2 ? "sm2-" + right : right;
        var phone = dice.Below(isSm2 ? 2 : 60) == 0 ? "sm2-device" : "device";
        if (isPhone && phone != "device")
        {
            start = start with { Holder = DeviceKey.From(TestKeys.Of(phone).PublicKey) };
        }

        var payload = Node.Read(ClaimsCodec.Write(start));
        if (Hits(4))
        {
            Claims(payload);
        }

        var header = Node.Read(CodeHeader.WriteCredential(TestKeys.Of(signer).Algorithm, TestKeys.Of(dice.Below(20) == 0 ? dice.Of(Signers) : signer).KeyId));
        if (Hits(2) && (!isPhone || dice.Below(2) == 0))
        {
            Damage.Once(header, dice, parts);
        }

        var credential = Sign1(header.ToBytes(), payload.ToBytes(), signer, Hits(3) && (!isPhone || dice.Below(2) == 0));
        if (Hits(1) && isPhone && dice.Below(2) == 0)
        {
            credential = Structure(credential);
        }

        if (isPhone ? dice.Below(30) == 0 : dice.Below(30) > 0)
        {
            return Hits(1) ? Structure(credential) : credential;
        }

        var proofHeader = Node.Map(Node.Integer(Labels.Algorithm), Node.Integer((long)TestKeys.Of(phone).Algorithm), Node.Integer(Labels.Kcwt), Node.Of(credential), Node.Integer(Labels.Type), Node.Integer(Labels.PresentationType));
        var proof = Node.Map(Node.Integer(Labels.Audience), Node.Text("*"), Node.Integer(Labels.IssuedAt), Node.Integer(Instant()));
        if (Hits(2))
        {
            Damage.Once(proofHeader, dice, parts);
        }

        if (Hits(5))
        {
            Damage.Once(dice.Below(4) == 0 ? proofHeader : proof, dice, parts);
        }

        var device = dice.Below(15) == 0 ? dice.Of(["other-device", "person"]) : phone;
        var message = Sign1(proofHeader.ToBytes(), proof.ToBytes(), device, Hits(3));
        return Hits(1) ? Structure(message) : message;
    }

    private byte[] Sign1(byte[] header, byte[] payload, string signer, bool damage)
    {
        var toBeSigned = CoseSign1.ToBeSigned(header, payload);
        var signature = TestKeys.Sign(signer, toBeSigned);
        signed.Add(SignedBy(signer, header, payload));
        if (damage)
        {
            (payload, signature) = dice.Below(2) == 0 ? (AfterSigning(payload), signature) : (payload, Signature(signature));
        }

        return CoseSign1.Write(header, payload, signature);
    }

    private byte[] AfterSigning(byte[] payload)
    {
        var node = Node.Read(payload.Length > 0 && DeterministicCbor.IsValid(payload, Labels.CodeItems) ? payload : [0xa0]);
        Damage.Once(node, dice, parts);
        return node.ToBytes();
    }

    private byte[] Signature(byte[] signature)
    {
        var (r, s) = (signature[..32], signature[32..]);
        byte[] zero = new byte[32], one = [.. zero[..31], 1], ones = [.. Enumerable.Repeat((byte)0xff, 32)];
        byte[] Other(byte[] old) => dice.Below(8) switch
        {
            0 => zero,
            1 => one,
            2 => Order,
            3 => [.. Order[..31], (byte)(Order[31] - 1)],
            4 => [.. Order[..31], (byte)(Order[31] + 1)],
            5 => ones,
            6 => Damage.Random(dice, 32),
            _ => [.. old.Select((value, at) => at == 31 ? (byte)(value ^ 1) : value)],
        };
        return dice.Below(5) switch
        {
            0 => [.. Other(r), .. s],
            1 => [.. r, .. Other(s)],
            2 => [.. s, .. r],

            // (r, n - s) is a signature too: a verifier that refuses it is no ECDSA verifier, and one that knows codes by their bytes is fooled.
            3 => [.. r, .. Negated(s)],
            _ => [.. Other(r), .. Other(s)],
        };
    }

    private static byte[] Negated(byte[] s)
    {
        var difference = new System.Numerics.BigInteger(Order, isUnsigned: true, isBigEndian: true) - new System.Numerics.BigInteger(s, isUnsigned: true, isBigEndian: true);
        var bytes = difference.ToByteArray(isUnsigned: true, isBigEndian: true);
        return [.. new byte[32 - bytes.Length], .. bytes];
    }

    private byte[] Structure(byte[] message)
    {
        if (!DeterministicCbor.IsValid(message, Labels.ListItems))
        {
            // Damaged already, deeper inside.
            return message;
        }

        var node = Node.Read(message);
        for (var times = dice.Below(3); times >= 0; times--)
        {
            Damage.Once(node, dice, parts);
        }

        var bytes = node.ToBytes();
        return dice.Below(12) switch
        {
            0 => [.. bytes, dice.Byte()],
            1 => bytes[..dice.Below(bytes.Length + 1)],
            _ => bytes,
        };
    }

    // Half of the time the grammar is left alone and only what is said changes.
    private void Claims(Node payload)
    {
        if (dice.Below(2) == 0)
        {
            Damage.Once(payload, dice, parts);
            return;
        }

        for (var times = dice.Below(2); times >= 0; times--)
        {
            var label = dice.Of([Labels.Issuer, Labels.ExpiresAt, Labels.NotBefore, Labels.IssuedAt, Labels.Status, Labels.Status, Labels.Level, Labels.Form, Labels.Person, Labels.Vehicle, Labels.Enterprise, Labels.Confirmation]);
            payload.Put(label, label switch
            {
                Labels.Issuer => Node.Text(dice.Of(["34", "32", "3", "34AH"])),
                Labels.ExpiresAt or Labels.NotBefore or Labels.IssuedAt => Node.Integer(Instant() + dice.Of([0, 0, 60, 61, 3600, 86400, -86400, 86400 * 400])),
                Labels.Status => Node.Array(Node.Text(dice.Of(["pm27110", "pd2611250", "em31110", "vm27110", "none"])), Node.Integer(dice.Of<long>([7, 10, 11, 12, 1023, 1024, 2147483647, 2147483648]))),
                Labels.Level or Labels.Form => Node.Integer(dice.Below(6)),
                _ => dice.Of(maps).Clone(),
            });
        }

        foreach (var label in new[] { Labels.Person, Labels.Enterprise, Labels.Vehicle })
        {
            if (dice.Below(3) == 0 && payload.Find(label) is { Major: 5, Children.Count: > 1 } subject)
            {
                subject.Children[(dice.Below(subject.Children.Count / 2) * 2) + 1] = Damage.Scalar(dice);
            }
        }

        payload.Sort();
    }

    private byte[] TrustList(out bool isSigned)
    {
        var content = OneCode.Cli.Vectors.World.TrustContent with { Levels = dice.Below(4) == 0 ? Levels() : [] };
        var payload = Node.Read(TrustListCodec.Write(content));
        isSigned = dice.Below(3) > 0;
        if (!isSigned)
        {
            return Structure(OneCode.Cli.Vectors.World.Trust);
        }

        if (dice.Below(2) == 0)
        {
            Damage.Once(payload, dice, parts);
        }
        else
        {
            if (dice.Below(2) == 0 && payload.Find(-4) is { } levels)
            {
                Damage.Once(levels, dice, parts);
            }

            var keys = payload.Find(-3)!;
            var key = dice.Of(keys.Children);
            key.Put(dice.Of<long>([2, 3, 4, 5, 6, 7, 8]), dice.Below(3) switch { 0 => Damage.Scalar(dice), 1 => Node.Integer(Instant()), _ => Node.Integer(dice.Below(6)) });
            payload.Put(dice.Of<long>([4, 6, -1]), dice.Below(2) == 0 ? Node.Integer(Instant() + dice.Of([0, 86400])) : Node.Integer(dice.Below(20)));
            payload.Sort();
        }

        var roots = dice.Of<string[]>([["root-1", "root-2"], ["root-1", "root-2"], ["root-3", "stranger", "root-2"], ["root-1"], ["root-1", "root-1"], ["root-2", "root-1", "root-3"]]);
        var list = OneCode.Cli.Vectors.World.SignTrustPayload(payload.ToBytes(), roots, TrustListToken.HeaderOf(dice.Below(20) == 0 ? OneCode.Cli.Vectors.World.TrustContent : content).ToArray());
        return dice.Below(6) == 0 ? Structure(list) : list;
    }

    // Mostly of 32, and ascending as they should be.
    private LevelMapping[] Levels()
    {
        int[] row = [.. Enumerable.Range(0, 4).Select(_ => dice.Below(5)).Order()];
        var ofOthers = new LevelMapping("31", 0, 1, 2, 3);
        var of32 = new LevelMapping("32", row[0], row[1], row[2], row[3]);
        return dice.Below(8) switch { 0 => [ofOthers], 1 => [ofOthers, of32], 2 => [of32, ofOthers], _ => [of32] };
    }

    private byte[] StatusList(out bool isSigned)
    {
        isSigned = dice.Below(3) > 0;
        if (!isSigned)
        {
            return Structure(dice.Of(OneCode.Cli.Vectors.World.StatusLists));
        }

        var content = OneCode.Cli.Vectors.World.StatusContent(dice.Of(["pm27110", "pd2611250", "em31110"]));
        content = content with { IssuedAt = DateTimeOffset.FromUnixTimeSeconds(Instant()), ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(Instant() + 3600) };
        var payload = Node.Read(StatusListToken.WritePayload(content));
        switch (dice.Below(4))
        {
            case 0:
                break;
            case 1:
                payload.Find(Labels.StatusList)!.Children[1] = Node.Bytes(Stream(content.List.Bytes.ToArray()));
                break;
            default:
                Damage.Once(payload, dice, parts);
                break;
        }

        return OneCode.Cli.Vectors.World.SignStatusPayload(
            payload.ToBytes(),
            dice.Of(["status", "status", "status", "status", "status-32", "status-withdrawn", "status-retired", "person", "stranger"]),
            dice.Below(20) == 0 ? "application/statuslist+jwt" : StatusListToken.MediaType,
            dice.Below(20) == 0 ? -8 : -7);
    }

    // A zlib stream with one thing wrong.
    private byte[] Stream(byte[] list)
    {
        var stream = Zlib.Deflate(dice.Below(4) == 0 ? Damage.Random(dice, 1 + dice.Below(600)) : list);
        return dice.Below(9) switch
        {
            0 => [.. stream, dice.Byte()],
            1 => [.. stream, .. stream[^4..]],
            2 => stream[..dice.Below(stream.Length)],
            3 => [.. stream[..^4], .. Damage.Random(dice, 4)],
            4 => [(byte)(dice.Byte() & 0xf8), stream[1], .. stream[2..]],
            5 => [0x08, 0x1d, .. stream[2..]],
            6 => Zlib.Deflate(new byte[dice.Of([262_143, 262_144, 262_145])]),
            7 => [.. stream, .. stream],
            _ => [.. stream.Select(value => dice.Below(stream.Length) == 0 ? (byte)(value ^ (1 << dice.Below(8))) : value)],
        };
    }

    private long Instant() => OneCode.Cli.Vectors.World.Now.ToUnixTimeSeconds()
        + dice.Of([0, -1, 1, -10, -59, -60, -61, -89, -90, -91, 59, 60, 61, 89, 90, 91, -300, -360, -361, -3600, -3660, -3661, -7200, -86400, 86400, -864000]);

    private string AsText(byte[] bytes) => dice.Below(8) switch
    {
        0 => CodeText.EncodePrint(bytes, dice.Of(["c.example.cn", "c.example.cn:8443", "localhost", "localhost:5084"])),
        1 when dice.Below(4) == 0 => Characters(CodeText.Encode(bytes)),
        _ => CodeText.Encode(bytes),
    };

    private string Characters(string text)
    {
        const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:abcdefghijklmnopqrstuvwxyz_=#?@\n\r\t\0\u00e9\uff21\u0130\u212a\ufeff";
        var characters = (dice.Below(2) == 0 ? text : CodeText.EncodePrint(CodeText.Decode(text), dice.Of(["c.example.cn", "localhost:1"]))).ToList();
        for (var times = dice.Below(3); times >= 0; times--)
        {
            var at = dice.Below(dice.Below(2) == 0 ? characters.Count : Math.Min(characters.Count, 40));
            switch (dice.Below(6))
            {
                case 0 or 1:
                    characters[at] = Alphabet[dice.Below(Alphabet.Length)];
                    break;
                case 2:
                    characters.Insert(at, Alphabet[dice.Below(Alphabet.Length)]);
                    break;
                case 3 when characters.Count > 1:
                    characters.RemoveAt(at);
                    break;
                case 4:
                    characters.Add(Alphabet[dice.Below(Alphabet.Length)]);
                    break;
                default:
                    characters.InsertRange(at, Enumerable.Repeat('0', dice.Below(60) == 0 ? 8000 : 3));
                    break;
            }
        }

        return new string([.. characters]);
    }

    private Mutant Code(string text)
    {
        var now = dice.Below(4) == 0 ? Instant() : OneCode.Cli.Vectors.World.Now.ToUnixTimeSeconds();
        HashSet<string> signatures = [.. signed];
        return new Mutant(
            string.Create(CultureInfo.InvariantCulture, $"code {now} {Convert.ToHexStringLower(Encoding.UTF8.GetBytes(text))}"),
            () => IsGenuine(text, signatures));
    }

    private static Mutant List(string ask, byte[] bytes) => new($"{ask} {Convert.ToHexStringLower(bytes)}", () => true);

    // A second opinion that asks no verifier: were these very words signed, by the phone and by a key that may sign codes?
    private static bool IsGenuine(string text, HashSet<string> signatures)
    {
        var message = Node.Read(CodeText.Decode(text));
        var parts = message.Children[0].Children;
        var inner = Node.Read(parts[0].Content).Find(Labels.Kcwt);
        return inner is null ? IsSigned(parts, Believed, signatures) : IsSigned(parts, Devices, signatures) && IsSigned(inner.Children[0].Children, Believed, signatures);
    }

    private static bool IsSigned(List<Node> parts, HashSet<string> by, HashSet<string> signatures) =>
        by.Any(signer => signatures.Contains(SignedBy(signer, parts[0].Content, parts[2].Content)));

    private static string SignedBy(string signer, byte[] message)
    {
        var parts = Node.Read(message).Children[0].Children;
        return SignedBy(signer, parts[0].Content, parts[2].Content);
    }

    private static string SignedBy(string signer, byte[] header, byte[] payload) => signer + Convert.ToHexString(SHA256.HashData(CoseSign1.ToBeSigned(header, payload)));

    private delegate byte[] ListMaker(out bool isSigned);

    private static byte[] Signed(ListMaker make)
    {
        for (; ; )
        {
            var list = make(out var isSigned);
            if (isSigned)
            {
                return list;
            }
        }
    }

    private static string World(IEnumerable<byte[]> trustLists, IEnumerable<byte[]> statusLists, TrustRoots? roots = null, params string[] moreAlgorithms) => "world " + new JsonObject
    {
        ["roots"] = JsonNode.Parse((roots ?? OneCode.Cli.Vectors.World.Roots).ToJson()),
        ["algorithms"] = new JsonArray(["ES256", .. moreAlgorithms]),
        ["trustLists"] = new JsonArray([.. trustLists.Select(list => JsonValue.Create(Convert.ToHexStringLower(list)))]),
        ["statusLists"] = new JsonArray([.. statusLists.Select(list => JsonValue.Create(Convert.ToHexStringLower(list)))]),
    }.ToJsonString();
}
