using OneCode.Wire;
using static OneCode.TrustListRejection;

namespace OneCode.Cli.Vectors;

/// <summary>Changes of root keys (SPEC 14): three roots of which two must sign hand over to others.</summary>
internal static class RootsVectors
{
    private static readonly byte[] Header = [0xa1, 0x10, 0x19, 0xfd, 0xec];
    private static readonly string[] Both = ["root-1", "root-3", "new-1", "new-2"];
    private static readonly TrustRoots Next = Set(2, 2, "new-1", "new-2", "new-3");

    public static IEnumerable<RootsVector> All() => [.. Taken(), .. Chains(), .. Refused(), .. Payloads(), KindVectors.Roots()];

    private static IEnumerable<RootsVector> Taken()
    {
        yield return new("change", "Two old roots hand over, two new ones take over.", [new(Change(Next, Both))]);
        yield return new("change-one-root-stays", "A root of both sets counts in both.", [new(Change(Set(2, 2, "root-1", "new-1"), ["root-1", "root-2", "new-1"]))]);
        yield return new("change-stranger-signs-too", "A signature of neither set is passed over.", [new(Change(Next, ["stranger", .. Both]))]);
        yield return new("change-version-may-jump", "From 1 to 9.", [new(Change(Set(9, 1, "new-1"), ["root-1", "root-2", "new-1"]))]);
        yield return new("change-to-sm2", "The new roots are of SM2 and ES256.", [new(Change(Set(2, 2, "sm2-root-1", "new-1"), ["root-1", "root-2", "sm2-root-1", "new-1"]))]);
        yield return new("list-held-stays", "The list that the old roots signed stays in force; another of theirs is not taken any more.",
        [
            new(World.Trust, null, IsChange: false), new(Change(Next, Both)),
            new(Trust(8, "root-1", "root-2"), ThresholdNotMet, IsChange: false), new(Trust(8, "new-1", "new-3"), null, IsChange: false),
        ]);
        yield return new("list-of-both", "A list that old and new roots signed is good before and after.",
            [new(Trust(8, "root-1", "root-2", "new-1", "new-2"), null, IsChange: false), new(Change(Next, Both)), new(Trust(8, "root-1", "root-2", "new-1", "new-2"), null, IsChange: false)]);
        yield return new("list-of-new-roots-too-early", "Before the change the new roots are strangers.",
            [new(Trust(8, "new-1", "new-2"), ThresholdNotMet, IsChange: false), new(Change(Next, Both)), new(Trust(8, "new-1", "new-2"), null, IsChange: false)]);
        yield return new("list-rollback-after-change", "New roots are no way back to an older list.",
            [new(Trust(9, "root-1", "root-2"), null, IsChange: false), new(Change(Next, Both)), new(Trust(8, "new-1", "new-2"), Rollback, IsChange: false)]);
    }

    private static IEnumerable<RootsVector> Chains()
    {
        var second = Change(Set(3, 1, "last-1"), ["new-1", "new-2", "last-1"]);
        yield return new("chain", "Two changes, one after the other.", [new(Change(Next, Both)), new(second)]);
        yield return new("chain-second-first", "The second is not the old roots' to give.", [new(second, ThresholdNotMet), new(Change(Next, Both)), new(second)]);
        yield return new("chain-again", "The same change again says nothing to its own set.", [new(Change(Next, Both)), new(Change(Next, Both), Rollback)]);
        yield return new("chain-back", "The old roots come back under a greater version: only because the new ones say so.",
            [new(Change(Next, Both)), new(Change(Set(3, 2, "root-1", "root-2"), ["new-1", "new-2", "root-1", "root-2"]))]);
        yield return new("chain-rollback", "The new roots name the old ones under their old version.",
            [new(Change(Next, Both)), new(Change(Set(1, 2, "root-1", "root-2"), ["new-1", "new-2", "root-1", "root-2"]), Rollback)]);
        yield return new("chain-fork", "A second change by the old roots, of the same version: they are the roots no more.",
            [new(Change(Next, Both)), new(Change(Set(2, 1, "last-1"), ["root-1", "root-2", "last-1"]), ThresholdNotMet)]);
        yield return new("pinned-version", "A set pinned as version 5 takes nothing that is not greater.",
            [new(Change(Set(5, 2, "new-1", "new-2"), Both), Rollback), new(Change(Set(6, 2, "new-1", "new-2"), Both))])
        { Roots = new TrustRoots(World.Roots.Keys, 2) { Version = 5 } };
    }

    private static IEnumerable<RootsVector> Refused()
    {
        var good = Change(Next, Both);
        yield return No("one-old-root", "One old root where two must hand over.", ThresholdNotMet, Change(Next, ["root-1", "new-1", "new-2"]));
        yield return No("one-new-root", "One new root where two must take over: a set whose keys nobody has.", ThresholdNotMet, Change(Next, ["root-1", "root-2", "new-1"]));
        yield return No("no-old-root", "A set that names itself.", ThresholdNotMet, Change(Next, ["new-1", "new-2", "new-3"]));
        yield return No("same-version", "The version held.", Rollback, Change(Set(1, 1, "new-1"), ["root-1", "root-2", "new-1"]));
        yield return No("old-signature-flipped", "An old root's signature that does not hold.", SignatureInvalid, Change(Next, ["new-1", "new-2", "root-1", "root-3"], flip: 3));
        yield return No("new-signature-flipped", "A new root's signature that does not hold, beside enough that do.", SignatureInvalid, Change(Next, [.. Both, "new-3"], flip: 4));
        yield return No("root-twice", "One root signs twice.", Malformed, Change(Next, ["root-1", "root-1", "new-1", "new-2"]));
        yield return No("truncated", "Its last byte is missing.", Malformed, good[..^1]);
        yield return No("trailing", "A byte after its end.", Malformed, [.. good, 0]);
        yield return No("empty", "No bytes.", Malformed, []);
        yield return No("is-trust-list", "A trust list where a change of roots belongs.", UnexpectedType, World.Trust);
        yield return No("is-credential", "A credential where a change of roots belongs.", Malformed, new ACode().Bytes());
        yield return No("header-more", "typ 65004 and one label more.", UnexpectedType, Sign(Payload(Next), Both, [0xa2, 0x01, 0x26, 0x10, 0x19, 0xfd, 0xec]));
        yield return No("too-large", "More than 16 KiB.", Malformed, Sign(new byte[17 * 1024], Both, Header));
        yield return new("change-where-list-belongs", "A change of roots taken for a trust list.", [new(good, UnexpectedType, IsChange: false)]);
    }

    private static IEnumerable<RootsVector> Payloads()
    {
        yield return Bad("payload-no-keys", "No keys.", Written(2, 1, []));
        yield return Bad("payload-threshold-zero", "Nobody must sign.", Written(2, 0, ["new-1"]));
        yield return Bad("payload-threshold-beyond-keys", "More must sign than there are.", Written(2, 3, ["new-1", "new-2"]));
        yield return Bad("payload-key-twice", "A key twice.", Written(2, 1, ["new-1", "new-1"]));
        yield return Bad("payload-version-zero", "Version 0.", Written(0, 1, ["new-1"]));
        yield return Bad("payload-seventeen-keys", "Seventeen keys.", Written(2, 1, [.. Enumerable.Range(1, 17).Select(number => $"new-{number}")]));
        yield return Bad("payload-member-more", "A member that the grammar does not have.", new CborPairs(Payload(Next)).With(-4, writer => writer.Integer(1)).ToBytes());
        yield return Bad("payload-no-threshold", "No threshold.", new CborPairs(Payload(Next)).Without(-2).ToBytes());
        yield return Bad("payload-trailing", "A byte after its end.", [.. Payload(Next), 0]);
        var offCurve = Payload(Set(2, 1, "new-1"));
        offCurve[^1] ^= 1;
        yield return Bad("payload-off-curve", "A key that is no point of the curve.", offCurve);
    }

    private static RootsVector No(string name, string comment, TrustListRejection reason, byte[] message) => new("refused-" + name, comment, [new(message, reason)]);

    private static RootsVector Bad(string name, string comment, byte[] payload) => new(name, comment, [new(Sign(payload, Both, Header), Malformed)]);

    private static TrustRoots Set(long version, int threshold, params string[] names) => new([.. names.Select(name => TestKeys.Of(name).PublicKey)], threshold, Sm.Sm2.AndEs256) { Version = version };

    private static byte[] Trust(long version, params string[] roots) => World.SignTrust(World.TrustContent with { Version = version }, roots);

    private static byte[] Payload(TrustRoots set) => TrustRootsToken.WritePayload(set);

    private static byte[] Change(TrustRoots set, string[] signers, int? flip = null) => Sign(Payload(set), signers, Header, flip);

    private static byte[] Written(long version, int threshold, string[] names)
    {
        var writer = new CborWriter().Map(3).Integer(-1).Integer(version).Integer(-2).Integer(threshold).Integer(-3).Array(names.Length);
        foreach (var name in names)
        {
            TrustListCodec.WritePublicKey(writer, TestKeys.Of(name).PublicKey);
        }

        return writer.ToArray();
    }

    private static byte[] Sign(byte[] payload, string[] signers, byte[] header, int? flip = null) => World.SignTrustPayload(payload, signers, header, flip);
}
