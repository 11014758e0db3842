using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>What every vector starts from: two regions, three roots of which two must sign, lists in which index 10 is revoked.</summary>
internal static class World
{
    public const string Template34 = "https://s.example.cn/34/{list}";
    public const string Template32 = "https://s.example.cn/32/{list}";
    public const int RevokedIndex = 10;
    public const int SuspendedIndex = 11;
    public const int ReservedIndex = 12;
    public const int CleanIndex = 7;

    public static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Lists = ["pd2611250", "pm27110", "ed2611250", "em31110", "vd2611250", "vm27110"];

    public static TrustRoots Roots { get; } = new([Root("root-1"), Root("root-2"), Root("root-3")], threshold: 2);

    public static TrustListContent TrustContent { get; } = new()
    {
        Publisher = "34",
        Version = 7,
        IssuedAt = Now.AddHours(-1),
        TimeToLive = TimeSpan.FromHours(24),
        ExpiresAt = Now.AddDays(30),
        Keys =
        [
            Key("person", "34", KeyPurpose.Person, Template34),
            Key("enterprise", "34", KeyPurpose.Enterprise, Template34),
            Key("vehicle", "34", KeyPurpose.Vehicle, Template34),
            Key("status", "34", KeyPurpose.StatusList, null),
            Key("person-32", "32", KeyPurpose.Person, Template32),
            Key("status-32", "32", KeyPurpose.StatusList, null),
            Key("person-withdrawn", "34", KeyPurpose.Person, Template34) with { WithdrawnSince = Now.AddDays(-1) },
            Key("person-retired", "34", KeyPurpose.Person, Template34) with { Until = Now.AddDays(-2) },
            Key("person-to-come", "34", KeyPurpose.Person, Template34) with { From = Now.AddDays(2) },
            Key("person-no-status", "34", KeyPurpose.Person, null),
            Key("person-floor", "34", KeyPurpose.Person, Template34) with { StatusFloor = Now.AddMinutes(-1) },
            Key("status-withdrawn", "34", KeyPurpose.StatusList, null) with { WithdrawnSince = Now.AddDays(-1) },
            Key("status-retired", "34", KeyPurpose.StatusList, null) with { Until = Now.AddDays(-2) },
        ],
    };

    public static byte[] Trust { get; } = SignTrust(TrustContent);

    public static IReadOnlyList<byte[]> StatusLists { get; } = [.. Lists.Select(name => SignStatus(StatusContent(name)))];

    public static TrustedKey Key(string name, string issuer, KeyPurpose purpose, string? template) => new()
    {
        PublicKey = TestKeys.Of(name).PublicKey,
        Issuer = issuer,
        Purpose = purpose,
        From = Now.AddYears(-1),
        Until = Now.AddYears(1),
        StatusUriTemplate = template,
    };

    public static StatusListContent StatusContent(string name)
    {
        var list = new StatusList(1024, 2);
        list.Set(RevokedIndex, StatusValue.Invalid);
        list.Set(SuspendedIndex, StatusValue.Suspended);
        list.Set(ReservedIndex, StatusValue.Reserved);
        return new StatusListContent
        {
            Uri = Template34.Replace("{list}", name, StringComparison.Ordinal),
            IssuedAt = Now.AddMinutes(-5),
            TimeToLive = TimeSpan.FromMinutes(15),
            ExpiresAt = Now.AddHours(72),
            List = list,
        };
    }

    public static byte[] SignTrust(TrustListContent content, params string[] roots) =>
        SignTrustPayload(TrustListCodec.Write(content), roots.Length == 0 ? ["root-1", "root-2"] : roots, TrustListToken.HeaderOf(content).ToArray());

    // flip: the place of a signature that must not hold.
    public static byte[] SignTrustPayload(byte[] payload, string[] roots, byte[]? header = null, int? flip = null)
    {
        header ??= [0xa1, 0x10, 0x19, 0xfd, 0xea];
        var writer = new CborWriter().Tag(Labels.CoseSign).Array(4).Bytes(header).Map(0).Bytes(payload).Array(roots.Length);
        foreach (var (place, root) in roots.Index())
        {
            var signHeader = TrustListToken.SignatureHeader(TestKeys.Of(root).Algorithm, TestKeys.Of(root).KeyId);
            var signature = TestKeys.Sign(root, TrustListToken.ToBeSigned(header, signHeader, payload));
            signature[^1] ^= (byte)(place == flip ? 1 : 0);
            writer.Array(3).Bytes(signHeader).Map(0).Bytes(signature);
        }

        return writer.ToArray();
    }

    public static byte[] SignStatus(StatusListContent content, string key = "status") => SignStatusPayload(StatusListToken.WritePayload(content), key);

    public static byte[] SignStatusPayload(byte[] payload, string key = "status", string type = StatusListToken.MediaType, long? algorithm = null)
    {
        var header = new CborWriter().Map(3)
            .Integer(Labels.Algorithm).Integer(algorithm ?? (long)TestKeys.Of(key).Algorithm)
            .Integer(Labels.KeyId).Bytes(TestKeys.Of(key).KeyId.ToBytes())
            .Integer(Labels.Type).Text(type)
            .ToArray();
        return CoseSign1.Write(header, payload, TestKeys.Sign(key, CoseSign1.ToBeSigned(header, payload)));
    }

    private static PublicKey Root(string name) => TestKeys.Of(name).PublicKey;
}
