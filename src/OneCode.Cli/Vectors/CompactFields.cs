using System.Security.Cryptography;
using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>Every field of a statement, of a state and of changes: missing, of another kind, one beyond its limit, and at its limit.</summary>
internal static partial class CompactVectors
{
    private static IEnumerable<CompactVector> Fields() => [.. Payloads(), .. Headers(), .. States(), .. Deltas()];

    private static IEnumerable<CompactVector> Payloads()
    {
        yield return Payload("array", "An array.", _ => CborPairs.Encode(value => value.Array(0)));
        yield return Payload("trailing", "A byte after the payload's map.", payload => [.. payload.ToBytes(), 0x00]);
        yield return Payload("series-empty", "A series without a name.", payload => payload.With(Labels.Subject, value => value.Text("")).ToBytes());
        yield return Payload("series-upper-case", "A series in upper case.", payload => payload.With(Labels.Subject, value => value.Text("PM")).ToBytes());
        yield return Payload("series-of-17", "A series' name of 17 letters.", payload => payload.With(Labels.Subject, value => value.Text(new string('p', 17))).ToBytes());
        yield return Payload("series-other-label", "iss where sub is.", payload => payload.Without(Labels.Subject).With(1, value => value.Text("pm")).ToBytes());
        yield return Payload("exp-text", "exp as a text.", payload => payload.With(Labels.ExpiresAt, value => value.Text("never")).ToBytes());
        yield return Payload("exp-other-label", "nbf where exp is.", payload => payload.Without(Labels.ExpiresAt).With(5, value => value.Integer(4102444800)).ToBytes());
        yield return Payload("iat-negative", "iat before 1970.", payload => payload.With(Labels.IssuedAt, value => value.Integer(-1)).ToBytes());
        yield return Payload("iat-other-label", "cti where iat is.", payload => payload.Without(Labels.IssuedAt).With(7, value => value.Integer(1)).ToBytes());
        yield return Payload("version-text", "A version in words.", payload => payload.With(-1, value => value.Text("1")).ToBytes());
        yield return Payload("version-too-large", "A version that JavaScript cannot count with.", payload => payload.With(-1, value => value.Encoded([0x1b, 0, 0x20, 0, 0, 0, 0, 0, 0])).ToBytes());
        yield return Payload("ttl-zero", "A ttl of nothing.", payload => payload.With(-2, value => value.Integer(0)).ToBytes());
        yield return Payload("ttl-too-long", "A ttl of a second more than 366 days.", payload => payload.With(-2, value => value.Integer(31622401)).ToBytes());
        yield return Payload("no-ttl", "No ttl.", payload => payload.Without(-2).ToBytes());
        yield return Payload("digest-text", "A digest as a text.", payload => payload.With(-3, value => value.Text(new string('0', 32))).ToBytes());
        yield return Payload("digest-long", "A digest of 33 bytes.", payload => payload.With(-3, value => value.Bytes(new byte[33])).ToBytes());
        yield return Payload("no-digest", "No digest.", payload => payload.Without(-3).ToBytes());
        yield return Payload("size-zero", "A state of no bytes.", payload => payload.With(-4, value => value.Integer(0)).ToBytes());
        yield return Payload("size-too-large", "A state of a byte more than 64 megabytes.", payload => payload.With(-4, value => value.Integer((64 << 20) + 1)).ToBytes());
        yield return Payload("no-size", "No size.", payload => payload.Without(-4).ToBytes());
        yield return Payload("template-empty", "A template of nothing.", payload => payload.With(-5, value => value.Text("")).ToBytes());
        yield return Payload("template-of-256", "A template of 256 bytes.", payload => payload.With(-5, value => value.Text(World.Template34.PadRight(256, 'x'))).ToBytes());
        yield return Payload("no-template", "No template.", payload => payload.Without(-5).ToBytes());
        yield return Payload("member-in-place-of-base", "A ninth member that is no base.", payload => payload.With(-7, value => value.Array(4).Integer(1).Bytes(new byte[32]).Bytes(new byte[32]).Integer(1)).ToBytes());
        yield return Payload("base-in-place-of-template", "A base, and no template.", payload => payload.Without(-5).With(-6, value => value.Array(4).Integer(1).Bytes(new byte[32]).Bytes(new byte[32]).Integer(1)).ToBytes());
        yield return new("compact-payload-member-behind-base", "A delta with a tenth member.",
            [FirstStep, new(Sign(new CborPairs(CompactStatusToken.WritePayload(Content(Second, 2) with { Base = Base(1, First, First.ChangesTo(Second)) })).With(-7, value => value.Integer(0)).ToBytes()), First.ChangesTo(Second), StatusListRejection.Malformed)])
        {
            Answers = [("pm27110", 20, "valid")],
        };
        yield return new("compact-payload-at-limits", "The greatest version, the longest ttl, the longest name and template.",
            [Signed(Content(First, 9007199254740991) with { TimeToLive = TimeSpan.FromSeconds(31622400), Series = new string('p', 16), StatusUriTemplate = World.Template34 }, First.Encode())])
        {
            Answers = [("pm27110", 10, "invalid")],
        };

        yield return Based("array-of-three", "A base without a size.", value => value.Array(3).Integer(1).Bytes(First.Digest.Span).Bytes(new byte[32]));
        yield return Based("map", "A base that is a map.", value => value.Map(0));
        yield return Based("version-zero", "A base before the first version.", value => value.Array(4).Integer(0).Bytes(First.Digest.Span).Bytes(new byte[32]).Integer(1));
        yield return Based("version-same", "A base of the version itself.", value => value.Array(4).Integer(2).Bytes(First.Digest.Span).Bytes(new byte[32]).Integer(1));
        yield return Based("state-digest-short", "A digest of 31 bytes.", value => value.Array(4).Integer(1).Bytes(First.Digest.Span[1..]).Bytes(new byte[32]).Integer(1));
        yield return Based("changes-digest-short", "A digest of 31 bytes.", value => value.Array(4).Integer(1).Bytes(First.Digest.Span).Bytes(new byte[31]).Integer(1));
        yield return Based("changes-digest-text", "A digest as a text.", value => value.Array(4).Integer(1).Bytes(First.Digest.Span).Text(new string('0', 32)).Integer(1));
        yield return Based("size-zero", "Changes of no bytes.", value => value.Array(4).Integer(1).Bytes(First.Digest.Span).Bytes(new byte[32]).Integer(0));
        yield return Based("size-too-large", "Changes of a byte more than 64 megabytes.", value => value.Array(4).Integer(1).Bytes(First.Digest.Span).Bytes(new byte[32]).Integer((64 << 20) + 1));
    }

    private static IEnumerable<CompactVector> Headers()
    {
        yield return Header("more", "crit in the header.", header => header.With(2, value => value.Array(0)));
        yield return Header("no-kid", "No kid.", header => header.Without(Labels.KeyId));
        yield return Header("kid-short", "A kid of seven bytes.", header => header.With(Labels.KeyId, value => value.Bytes(new byte[7])));
        yield return Header("kid-other-label", "Another label where kid's is.", header => header.Without(Labels.KeyId).With(5, value => value.Bytes(TestKeys.Of("status").KeyId.ToBytes())));
        yield return Header("alg-text", "alg as a text.", header => header.With(Labels.Algorithm, value => value.Text("ES256")));
        yield return Header("alg-other-label", "Another label where alg's is.", header => header.Without(Labels.Algorithm).With(3, value => value.Integer(-7)));
        yield return Header("no-type", "No typ.", header => header.Without(Labels.Type), StatusListRejection.UnexpectedType);
        yield return Header("type-text", "typ as a text.", header => header.With(Labels.Type, value => value.Text("65003")), StatusListRejection.UnexpectedType);
        yield return Header("label-behind", "A label behind typ.", header => header.With(17, value => value.Integer(0)));
        yield return Message("of-2048", "The longest message there may be, of a stranger.", StatusListRejection.KeyNotInTrustList, OfLength(2048));
        yield return Message("of-2049", "One byte longer: refused unread.", StatusListRejection.Malformed, OfLength(2049));
        yield return new("compact-message-algorithm-of-sm2", "alg SM2 over a key of ES256.",
            [new(Sign(CompactStatusToken.WritePayload(Content(First, 1)), algorithm: (long)CoseAlgorithm.Sm2), FirstStep.Body, StatusListRejection.AlgorithmMismatch)]);
    }

    private static IEnumerable<CompactVector> States()
    {
        var good = RiceCode.Encode([10, 500], Entries);
        yield return new("compact-body-map", "A state that is a map.", [Raw(new CborWriter().Map(0))]);
        yield return Body("list-of-five", "A list without the last member.", writer => writer.Array(5).Text("pm27110").Integer(Entries).Integer(2).Bytes(good).Integer(0));
        yield return Body("name-number", "A list named by a number.", writer => writer.Array(6).Integer(1).Integer(Entries).Integer(2).Bytes(good).Integer(0).Bytes([]));
        yield return Body("name-of-17", "A list's name of 17 letters.", List(new string('p', 17), Entries, 2, good));
        yield return Body("entries-text", "A number of entries in words.", writer => writer.Array(6).Text("pm27110").Text("4096").Integer(2).Bytes(good).Integer(0).Bytes([]));
        yield return Body("withdrawn-text", "Codes in a text.", writer => writer.Array(6).Text("pm27110").Integer(Entries).Integer(0).Text("").Integer(0).Bytes([]));
        yield return Body("withdrawn-beyond-entries", "More withdrawn than there are.", writer => writer.Array(6).Text("pm27110").Integer(4).Integer(5).Bytes([0]).Integer(0).Bytes([]));
        yield return Body("suspended-text", "Codes in a text.", writer => writer.Array(6).Text("pm27110").Integer(Entries).Integer(2).Bytes(good).Integer(0).Text(""));
        yield return Body("suspended-beyond-entries", "More suspended than there are.", writer => writer.Array(6).Text("pm27110").Integer(4).Integer(0).Bytes([]).Integer(5).Bytes([0]));
        yield return Body("suspended-padding", "A bit that only fills the last byte is set, among the suspended.", writer => writer.Array(6).Text("pm27110").Integer(Entries).Integer(0).Bytes([]).Integer(2).Bytes([.. good[..^1], (byte)(good[^1] | 1)]));
        yield return new("compact-body-lists-more", "A list fewer than the array says.", [Raw(new CborWriter().Array(2), List("pm27110", Entries, 2, good))]);
        yield return new("compact-body-largest-list", "As many entries as there may be, the last one withdrawn, the first one suspended.", [Snapshot(State(CompactList.Create("pm27110", CompactList.MaximumEntries, [CompactList.MaximumEntries - 1], [0])), 1)])
        {
            Answers = [("pm27110", 1_048_575, "invalid"), ("pm27110", 0, "suspended"), ("pm27110", 1, "valid"), ("pm27110", 1_048_574, "valid"), ("pm27110", 1_048_576, "notCovered")],
        };
        yield return new("compact-body-least-list", "One entry, withdrawn.", [Snapshot(State(CompactList.Create("p", 1, [0], [])), 1)]) { Answers = [("p", 0, "invalid"), ("p", 1, "notCovered")] };
        yield return new("compact-body-long-runs", "Gaps whose unary part is longer than a machine's word.", [Snapshot(State(CompactList.Create("pm27110", 100_000, [.. Enumerable.Range(0, 900), 30_000, 99_999], [])), 1)])
        {
            Answers = [("pm27110", 899, "invalid"), ("pm27110", 900, "valid"), ("pm27110", 29_999, "valid"), ("pm27110", 30_000, "invalid"), ("pm27110", 99_998, "valid"), ("pm27110", 99_999, "invalid")],
        };
    }

    private static IEnumerable<CompactVector> Deltas()
    {
        yield return Change("array-of-seven", "A set of changes without the last member.", writer => Positions(writer.Array(7).Array(0).Array(0), 2)
            .Integer(0), ended: true);
        yield return Change("map", "Changes that are a map.", writer => writer.Map(0), ended: true);
        yield return Change("trailing", "A byte after the changes.", writer => Positions(writer.Array(8).Array(0).Array(0), 3).Encoded([0x00]), ended: true);
        yield return Change("removes-number", "A retired list named by a number.", writer => writer.Array(8).Array(1).Integer(1).Array(0));
        yield return Change("removes-unsorted", "Retired lists out of order.", writer => writer.Array(8).Array(2).Text("pm27111").Text("pm27110").Array(0));
        yield return Change("removes-more-than-there-are", "Three lists retired of two.", writer => writer.Array(8).Array(3).Text("pm27110").Text("pm27111").Text("pm27112").Array(0));
        yield return Change("removes-map", "A map where retired lists belong.", writer => writer.Array(8).Map(0).Array(0));
        yield return Change("adds-map", "A map where opened lists belong.", writer => writer.Array(8).Array(0).Map(0));
        yield return Change("adds-array-of-three", "An opened list with a member more.", writer => writer.Array(8).Array(0).Array(1).Array(3).Text("pm27130").Integer(8).Integer(0));
        yield return Change("adds-number", "An opened list named by a number.", writer => writer.Array(8).Array(0).Array(1).Array(2).Integer(1).Integer(8));
        yield return Change("adds-upper-case", "An opened list that no credential can name.", writer => writer.Array(8).Array(0).Array(1).Array(2).Text("PM27130").Integer(8));
        yield return Change("adds-same-size", "A list opened that is there, of the same size.", writer => writer.Array(8).Array(0).Array(1).Array(2).Text("pm27110").Integer(Entries));
        yield return Change("adds-twice", "A list opened twice.", writer => writer.Array(8).Array(0).Array(2).Array(2).Text("pm27130").Integer(8).Array(2).Text("pm27130").Integer(8));
        yield return Change("adds-no-entries", "An opened list of no entries.", writer => writer.Array(8).Array(0).Array(1).Array(2).Text("pm27130").Integer(0));
        yield return Change("adds-too-many-entries", "An opened list of 1,048,577 entries.", writer => writer.Array(8).Array(0).Array(1).Array(2).Text("pm27130").Integer(CompactList.MaximumEntries + 1));
        yield return Change("count-text", "A count in words.", writer => Positions(writer.Array(8).Array(0).Array(0).Text("0").Bytes([]), 2), ended: true);
        yield return Change("codes-text", "Codes in a text.", writer => Positions(writer.Array(8).Array(0).Array(0).Integer(0).Text(""), 2), ended: true);
        yield return Change("count-beyond-universe", "More positions than all lists have.", writer => Positions(writer.Array(8).Array(0).Array(0).Integer((2 * Entries) + 1).Bytes(new byte[Entries]), 2), ended: true);
        yield return Change("count-huge", "A count that the bytes cannot hold.", writer => Positions(writer.Array(8).Array(0).Array(0).Integer(2 * Entries).Bytes([0]), 2), ended: true);
        yield return Change("codes-stop", "Codes that stop early.", writer => Positions(writer.Array(8).Array(0).Array(0).Integer(2).Bytes(RiceCode.Encode([20, 6000], 2 * Entries).AsSpan()[..^1]), 2), ended: true);
        yield return Change("codes-padding", "A bit that only fills the last byte is set.", writer => Positions(writer.Array(8).Array(0).Array(0).Integer(1).Bytes(Padded(RiceCode.Encode([20], 2 * Entries))), 2), ended: true);
        yield return Change("second-codes-padding", "The same among the suspended.", writer => Positions(writer.Array(8).Array(0).Array(0).Integer(0).Bytes([]).Integer(1).Bytes(Padded(RiceCode.Encode([20], 2 * Entries))), 1), ended: true);
        yield return Change("third-codes-padding", "The same among the restored.", writer => writer.Array(8).Array(0).Array(0).Integer(0).Bytes([]).Integer(0).Bytes([]).Integer(1).Bytes(Padded(RiceCode.Encode([12], 2 * Entries))), ended: true);
        yield return new("compact-changes-of-lists-only", "A delta that only opens lists, one before and one behind those that there are, the largest that there may be.",
            [FirstStep, Delta(First, 1, State([.. First.Lists, CompactList.Create("a", CompactList.MaximumEntries, [], []), CompactList.Create("z", 1, [], [])]), 2)])
        {
            Answers = [("a", 1_048_575, "valid"), ("a", 1_048_576, "notCovered"), ("pm27110", 10, "invalid"), ("z", 0, "valid"), ("z", 1, "notCovered")],
        };
        yield return new("compact-changes-in-between", "Withdrawn and suspended before and between those that are.",
            [FirstStep, Delta(First, 1, State(CompactList.Create("pm27110", Entries, [5, 10, 11, 20, 500, 501, 4095], [3, 12, 30, 700]), First.Lists[1]), 2)])
        {
            Answers = [("pm27110", 3, "suspended"), ("pm27110", 4, "valid"), ("pm27110", 5, "invalid"), ("pm27110", 12, "suspended"), ("pm27110", 20, "invalid"), ("pm27110", 30, "suspended"), ("pm27110", 700, "suspended"), ("pm27110", 4095, "invalid")],
        };
        yield return new("compact-changes-remove-all", "A delta that retires every list.", [FirstStep, Delta(First, 1, State(), 2)]) { Answers = [("pm27110", 10, "notCovered")] };
        yield return new("compact-changes-at-the-edges", "The last index of a list and the first of the next one, each in its own list.",
            [FirstStep, Delta(First, 1, State(CompactList.Create("pm27110", Entries, [10, 11, 500, 501, 4094, 4095], [12, 700]), CompactList.Create("pm27111", Entries, [0, 4095], [1])), 2)])
        {
            Answers = [("pm27110", 4093, "valid"), ("pm27110", 4094, "invalid"), ("pm27111", 0, "invalid"), ("pm27111", 1, "suspended"), ("pm27111", 2, "valid"), ("pm27111", 4095, "invalid")],
        };
    }

    private static byte[] OfLength(int length)
    {
        var around = Sign(new byte[1000], "stranger").Length - 1000;
        return Sign(new byte[length - around], "stranger");
    }

    private static byte[] Padded(byte[] codes) => [.. codes[..^1], (byte)(codes[^1] | 1)];

    private static CborWriter Positions(CborWriter writer, int times)
    {
        for (var i = 0; i < times; i++)
        {
            writer.Integer(0).Bytes([]);
        }

        return writer;
    }

    private static CompactVector Payload(string name, string comment, Func<CborPairs, byte[]> change) =>
        new("compact-payload-" + name, comment, [new(Sign(change(new CborPairs(CompactStatusToken.WritePayload(Content(First, 1))))), FirstStep.Body, StatusListRejection.Malformed)]) { Answers = [("pm27110", 10, "unknown")] };

    // On a delta that would be taken with its own base.
    private static CompactVector Based(string name, string comment, Action<CborWriter> start)
    {
        var changes = First.ChangesTo(Second);
        var payload = CompactStatusToken.WritePayload(Content(Second, 2) with { Base = Base(1, First, changes) });
        return new("compact-base-" + name, comment, [FirstStep, new(Sign(new CborPairs(payload).With(-6, start).ToBytes()), changes, StatusListRejection.Malformed)]) { Answers = [("pm27110", 20, "valid")] };
    }

    private static CompactVector Header(string name, string comment, Func<CborPairs, CborPairs> change, StatusListRejection rejection = StatusListRejection.Malformed)
    {
        var header = change(new CborPairs(HeaderOf("status"))).ToBytes();
        var payload = CompactStatusToken.WritePayload(Content(First, 1));
        return Message("header-" + name, comment, rejection, CoseSign1.Write(header, payload, TestKeys.Sign("status", CoseSign1.ToBeSigned(header, payload))));
    }

    private static CompactVector Change(string name, string comment, Action<CborWriter> write, bool ended = false)
    {
        var writer = new CborWriter();
        write(writer);
        var changes = (ended ? writer : Positions(writer, 3)).ToArray();
        return new("compact-changes-" + name, comment, [FirstStep, Signed(Content(Second, 2) with { Base = new(1, First.Digest, SHA256.HashData(changes), changes.Length) }, changes) with { Expect = StatusListRejection.Malformed }])
        {
            Answers = [("pm27110", 10, "invalid"), ("pm27110", 20, "valid")],
        };
    }
}
