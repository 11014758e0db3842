using OneCode.Sm;

namespace OneCode.Cli.Vectors;

/// <summary>A province wholly on SM2, with one key of ES256 beside: roots, keys for codes, status lists.</summary>
internal static class Sm2World
{
    public static TrustRoots Roots { get; } = new([Root("sm2-root-1"), Root("sm2-root-2"), Root("root-1")], threshold: 2, Sm2.AndEs256);

    public static TrustListContent TrustContent { get; } = World.TrustContent with
    {
        Keys =
        [
            World.Key("sm2-person", "34", KeyPurpose.Person, World.Template34),
            World.Key("sm2-enterprise", "34", KeyPurpose.Enterprise, World.Template34),
            World.Key("sm2-vehicle", "34", KeyPurpose.Vehicle, World.Template34),
            World.Key("sm2-status", "34", KeyPurpose.StatusList, null),
            World.Key("person", "34", KeyPurpose.Person, World.Template34),
        ],
    };

    public static byte[] Trust { get; } = World.SignTrust(TrustContent, "sm2-root-1", "sm2-root-2");

    public static IReadOnlyList<byte[]> StatusLists { get; } =
        [.. new[] { "pd2611250", "pm27110", "em31110", "vm27110" }.Select(name => World.SignStatus(World.StatusContent(name), "sm2-status"))];

    private static PublicKey Root(string name) => TestKeys.Of(name).PublicKey;
}
