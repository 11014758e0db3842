using System.Security.Cryptography;
using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>Snapshots and deltas, good and bad.</summary>
internal static partial class CompactVectors
{
    private const int Entries = 4096;

    private static readonly CompactState First = State(
        CompactList.Create("pm27110", Entries, [10, 11, 500, 501, 4095], [12, 700]),
        CompactList.Create("pm27111", Entries, [], []));

    private static readonly CompactState Second = State(
        CompactList.Create("pm27110", Entries, [10, 11, 12, 20, 500, 501, 4095], [30]),
        CompactList.Create("pm27111", Entries, [0], []));

    private static readonly CompactState Third = State(
        CompactList.Create("pm27111", Entries, [0, 1, 2], [3]),
        CompactList.Create("pm27120", 1_048_064, [1_048_063], []));

    private static readonly CompactStep FirstStep = Snapshot(First, 1);

    public static IEnumerable<CompactVector> All() => [.. Passing(), .. Chains(), .. Bodies(), .. Changes(), .. Messages(), .. Fields()];

    private static IEnumerable<CompactVector> Passing()
    {
        yield return new("compact-snapshot", "A snapshot. A list or an index that it does not have is not covered, not valid.", [FirstStep])
        {
            Answers = [("pm27110", 10, "invalid"), ("pm27110", 9, "valid"), ("pm27110", 12, "suspended"), ("pm27110", 4095, "invalid"), ("pm27110", 4096, "notCovered"), ("pm27111", 0, "valid"), ("pm27112", 0, "notCovered")],
        };
        yield return new("compact-nothing-held", "Nothing is held: unknown, which is another thing than not covered.", []) { Answers = [("pm27110", 10, "unknown")] };
        yield return new("compact-delta", "A delta on a snapshot: withdrawn, suspended, restored, and a suspended one withdrawn.", [FirstStep, Delta(First, 1, Second, 2)])
        {
            Answers = [("pm27110", 12, "invalid"), ("pm27110", 20, "invalid"), ("pm27110", 30, "suspended"), ("pm27110", 700, "valid"), ("pm27111", 0, "invalid")],
        };
        yield return new("compact-chain", "Two deltas; the second retires a list and opens one.", [FirstStep, Delta(First, 1, Second, 2), Delta(Second, 2, Third, 3)])
        {
            Answers = [("pm27110", 10, "notCovered"), ("pm27111", 3, "suspended"), ("pm27120", 1_048_063, "invalid"), ("pm27120", 1_048_062, "valid")],
        };
        yield return new("compact-cumulative", "One delta over both steps, for a verifier that missed one.", [FirstStep, Delta(First, 1, Third, 3)]) { Answers = [("pm27111", 1, "invalid")] };
        yield return new("compact-said-again", "The same state signed again later needs no bytes.", [FirstStep, Snapshot(First, 1, minutes: 20) with { Body = [] }]) { Answers = [("pm27110", 10, "invalid")] };
        yield return new("compact-new-version-same-state", "A new version of the same state needs no bytes either.", [FirstStep, Snapshot(First, 2, minutes: 20) with { Body = [] }]) { Answers = [("pm27110", 10, "invalid")] };
        yield return new("compact-new-snapshot", "A newer snapshot takes the place of the held state, whatever that was.", [FirstStep, Snapshot(Third, 9)]) { Answers = [("pm27111", 0, "invalid"), ("pm27110", 10, "notCovered")] };
        yield return new("compact-empty", "A series of no lists.", [Snapshot(State(), 1)]) { Answers = [("pm27110", 10, "notCovered")] };
        yield return new("compact-everything-withdrawn", "Every index withdrawn: the parameter is zero.", [Snapshot(State(CompactList.Create("pm27110", 64, [.. Enumerable.Range(0, 64)], [])), 1)]) { Answers = [("pm27110", 63, "invalid"), ("pm27110", 64, "notCovered")] };
    }

    private static IEnumerable<CompactVector> Chains()
    {
        yield return new("compact-delta-first", "A delta with nothing held.", [Delta(First, 1, Second, 2) with { Expect = StatusListRejection.BaseMismatch }]) { Answers = [("pm27110", 10, "unknown")] };
        yield return new("compact-delta-missed", "A delta was missed: the next one begins elsewhere. The held state stays.", [FirstStep, Delta(Second, 2, Third, 3) with { Expect = StatusListRejection.BaseMismatch }]) { Answers = [("pm27110", 10, "invalid")] };
        yield return new("compact-delta-of-other-changes", "The changes of another delta.", [FirstStep, Delta(First, 1, Second, 2) with { Body = First.ChangesTo(Third), Expect = StatusListRejection.BodyMismatch }]) { Answers = [("pm27110", 20, "valid")] };
        yield return new("compact-delta-wrong-outcome", "Changes that lead to another state than was signed.", [FirstStep, Signed(Content(Second, 2) with { Base = Base(1, First, First.ChangesTo(Third)) }, First.ChangesTo(Third)) with { Expect = StatusListRejection.OutcomeMismatch }]) { Answers = [("pm27110", 20, "valid")] };
        yield return new("compact-rollback", "An older version, by snapshot.", [Snapshot(Second, 2), FirstStep with { Expect = StatusListRejection.Rollback }]) { Answers = [("pm27110", 20, "invalid")] };
        yield return new("compact-two-of-one-version", "Another state under the same version: a split view.", [FirstStep, Snapshot(Second, 1) with { Expect = StatusListRejection.Rollback }]) { Answers = [("pm27110", 20, "valid")] };
        yield return new("compact-newer-version-older-time", "A greater version of an earlier time.", [Snapshot(First, 1, minutes: 20), Snapshot(Second, 2, minutes: 10) with { Expect = StatusListRejection.Rollback }]) { Answers = [("pm27110", 20, "valid")] };
        yield return new("compact-older-time-of-same-state", "The held state as of an earlier time would only make it look older.", [Snapshot(First, 1, minutes: 20), FirstStep with { Expect = StatusListRejection.Rollback }]);
        yield return new("compact-body-truncated", "The last byte did not arrive.", [FirstStep with { Body = FirstStep.Body[..^1], Expect = StatusListRejection.BodyMismatch }]) { Answers = [("pm27110", 10, "unknown")] };
        yield return new("compact-body-altered", "One bit of the body is another.", [FirstStep with { Body = [.. FirstStep.Body[..^1], (byte)(FirstStep.Body[^1] ^ 1)], Expect = StatusListRejection.BodyMismatch }]);
        yield return new("compact-body-size-other", "The right digest, and a size of one byte more.", [Signed(Content(First, 1) with { StateSize = First.Encode().Length + 1 }, First.Encode()) with { Expect = StatusListRejection.BodyMismatch }]) { Answers = [("pm27110", 10, "unknown")] };
        yield return new("compact-body-missing", "A statement without its bytes.", [FirstStep with { Body = [], Expect = StatusListRejection.BodyMismatch }]);
    }

    /// <summary>Bodies that a publisher with a broken encoder signed: read strictly all the same.</summary>
    private static IEnumerable<CompactVector> Bodies()
    {
        var good = RiceCode.Encode([10, 500], Entries);
        yield return Body("padding", "A bit that only fills the last byte is set.", List("pm27110", Entries, 2, [.. good[..^1], (byte)(good[^1] | 1)]));
        yield return Body("byte-too-many", "A byte of zeros after the codes.", List("pm27110", Entries, 2, [.. good, 0]));
        yield return Body("byte-too-few", "The codes stop early.", List("pm27110", Entries, 2, good[..^1]));
        yield return Body("count-too-small", "One code more than is counted; the parameter would be another too.", List("pm27110", Entries, 1, good));
        yield return Body("count-too-great", "One code fewer than is counted.", List("pm27110", Entries, 3, good));
        yield return Body("count-huge", "A count that the bytes cannot hold.", List("pm27110", Entries, Entries, good));
        yield return Body("other-parameter", "Coded with another parameter than the counts give.", List("pm27110", Entries, 2, RiceCode.Encode([10, 500], Entries / 2)));
        yield return Body("beyond-the-end", "An index at the number of entries.", List("pm27110", Entries, 1, RiceCode.Encode([Entries], Entries + 1)));
        yield return Body("ones-without-end", "A unary part that never ends.", List("pm27110", Entries, 1, [0xff, 0xff, 0xff, 0xff]));
        yield return Body("bits-of-nothing", "No index and yet a byte.", List("pm27110", Entries, 0, [0]));
        yield return Body("in-both", "An index both withdrawn and suspended.", writer => writer.Array(6).Text("pm27110").Integer(Entries).Integer(2).Bytes(good).Integer(1).Bytes(RiceCode.Encode([500], Entries)));
        yield return Body("no-entries", "A list of no entries.", List("pm27110", 0, 0, []));
        yield return Body("too-many-entries", "A list of 1,048,577 entries.", List("pm27110", CompactList.MaximumEntries + 1, 0, []));
        yield return Body("name-upper-case", "A name that no credential can have.", List("PM27110", Entries, 0, []));
        yield return new("compact-body-list-twice", "A list twice.", [Raw(new CborWriter().Array(2), List("pm27110", Entries, 0, []), List("pm27110", Entries, 0, []))]);
        yield return new("compact-body-unsorted", "Lists out of order.", [Raw(new CborWriter().Array(2), List("pm27111", Entries, 0, []), List("pm27110", Entries, 0, []))]);
        yield return new("compact-body-trailing", "A byte after the end of the state.", [Signed(Content(First, 1) with { StateDigest = SHA256.HashData((byte[])[.. First.Encode(), 0]), StateSize = First.Encode().Length + 1 }, [.. First.Encode(), 0]) with { Expect = StatusListRejection.Malformed }]);
        yield return new("compact-body-not-cbor", "A state that is no CBOR.", [Signed(Content(First, 1) with { StateDigest = SHA256.HashData((byte[])[0xff]), StateSize = 1 }, [0xff]) with { Expect = StatusListRejection.Malformed }]);
    }

    private static IEnumerable<CompactVector> Changes()
    {
        yield return Change("takes-back", "A withdrawn index restored: withdrawn is for good.", [], [], [], [], [10]);
        yield return Change("restores-valid", "A valid index restored.", [], [], [], [], [9]);
        yield return Change("withdraws-twice", "A withdrawn index withdrawn again: then there would be two encodings of one change.", [], [], [10], [], []);
        yield return Change("suspends-withdrawn", "A withdrawn index suspended.", [], [], [], [10], []);
        yield return Change("suspends-twice", "A suspended index suspended again.", [], [], [], [12], []);
        yield return Change("suspends-and-withdraws", "An index both withdrawn and suspended.", [], [], [20], [20], []);
        yield return Change("restores-and-withdraws", "A suspended index both restored and withdrawn.", [], [], [12], [], [12]);
        yield return Change("restores-and-suspends", "A suspended index both restored and suspended.", [], [], [], [12], [12]);
        yield return Change("removes-unknown", "A list retired that is not there.", ["pm27119"], [], [], [], []);
        yield return Change("removes-twice", "A list retired twice.", ["pm27110", "pm27110"], [], [], [], []);
        yield return Change("adds-known", "A list opened that is there, of another size.", [], [("pm27110", 8)], [], [], []);
        yield return Change("adds-unsorted", "Lists opened out of order.", [], [("pm27131", 8), ("pm27130", 8)], [], [], []);
        yield return Change("replaces-a-list", "A list retired and opened in one go: a way to forget what was withdrawn.", ["pm27110"], [("pm27110", Entries)], [], [], []);
        yield return Change("beyond-the-end", "A position beyond the last list.", [], [], [2 * Entries], [], []);
    }

    private static IEnumerable<CompactVector> Messages()
    {
        var content = Content(First, 1);
        yield return Message("forged", "Its signature does not hold.", StatusListRejection.SignatureInvalid, [.. FirstStep.Message[..^1], (byte)(FirstStep.Message[^1] ^ 1)]);
        yield return Message("truncated", "Its last byte is missing.", StatusListRejection.Malformed, FirstStep.Message[..^1]);
        yield return Message("stranger", "Signed by a key that the trust list does not have.", StatusListRejection.KeyNotInTrustList, Sign(CompactStatusToken.WritePayload(content), "stranger"));
        yield return Message("by-person-key", "Signed by a key for persons.", StatusListRejection.PurposeMismatch, Sign(CompactStatusToken.WritePayload(content), "person"));
        yield return Message("key-withdrawn", "Signed by a key that got out.", StatusListRejection.KeyWithdrawn, Sign(CompactStatusToken.WritePayload(content), "status-withdrawn"));
        yield return Message("key-retired", "Signed by a key that had retired.", StatusListRejection.KeyNotInForce, Sign(CompactStatusToken.WritePayload(content), "status-retired"));
        yield return Message("algorithm-other", "alg EdDSA over a key of ES256.", StatusListRejection.AlgorithmMismatch, Sign(CompactStatusToken.WritePayload(content), algorithm: -8));
        yield return Message("typ-credential", "The typ of a credential.", StatusListRejection.UnexpectedType, Sign(CompactStatusToken.WritePayload(content), type: Labels.CredentialType));
        yield return Message("is-status-list", "A Token Status List in its place.", StatusListRejection.UnexpectedType, World.StatusLists[0]);
        yield return Message("unknown-member", "A member that SPEC does not have.", StatusListRejection.Malformed, Sign(new CborPairs(CompactStatusToken.WritePayload(content)).With(-7, value => value.Integer(0)).ToBytes()));
        yield return Message("no-version", "No version.", StatusListRejection.Malformed, Sign(new CborPairs(CompactStatusToken.WritePayload(content)).Without(-1).ToBytes()));
        yield return Message("version-zero", "Versions begin at one.", StatusListRejection.Malformed, Sign(CompactStatusToken.WritePayload(content with { Version = 0 })));
        yield return Message("digest-short", "A digest of 31 bytes.", StatusListRejection.Malformed, Sign(CompactStatusToken.WritePayload(content with { StateDigest = content.StateDigest[1..] })));
        yield return Message("template-without-list", "A template without {list}.", StatusListRejection.Malformed, Sign(CompactStatusToken.WritePayload(content with { StatusUriTemplate = "https://s.example.cn/34/" })));
        yield return Message("ends-before-it-begins", "exp at iat.", StatusListRejection.Malformed, Sign(CompactStatusToken.WritePayload(content with { ExpiresAt = content.IssuedAt })));
        yield return new("compact-base-of-later-version", "A delta from a later version to an earlier one.", [FirstStep, Signed(Content(Second, 2) with { Base = Base(2, First, First.ChangesTo(Second)) }, First.ChangesTo(Second)) with { Expect = StatusListRejection.Malformed }]);
        yield return new("compact-other-template", "A series answers for the URIs of its own template alone.", [Signed(content with { StatusUriTemplate = World.Template32 }, First.Encode())]) { Answers = [("pm27110", 10, "unknown")] };
    }

    private static CompactVector Body(string name, string comment, Action<CborWriter> list) => new("compact-body-" + name, comment, [Raw(new CborWriter().Array(1), list)]) { Answers = [("pm27110", 10, "unknown")] };

    private static CompactVector Message(string name, string comment, StatusListRejection rejection, byte[] message) =>
        new("compact-message-" + name, comment, [new CompactStep(message, FirstStep.Body, rejection)]) { Answers = [("pm27110", 10, "unknown")] };

    private static CompactVector Change(string name, string comment, string[] removed, (string Name, int Entries)[] added, long[] withdrawn, long[] suspended, long[] restored)
    {
        var universe = Math.Max(1, First.Lists.Where(list => !removed.Contains(list.Name)).Sum(list => (long)list.Entries) + added.Sum(list => (long)list.Entries));
        var writer = new CborWriter().Array(8).Array(removed.Length);
        foreach (var list in removed)
        {
            writer.Text(list);
        }

        writer.Array(added.Length);
        foreach (var (list, entries) in added)
        {
            writer.Array(2).Text(list).Integer(entries);
        }

        foreach (var positions in new[] { withdrawn, suspended, restored })
        {
            writer.Integer(positions.Length).Bytes(RiceCode.Encode(positions, positions is [var last, ..] && last >= universe ? last + 1 : universe));
        }

        var changes = writer.ToArray();
        return new("compact-changes-" + name, comment, [FirstStep, Signed(Content(Second, 2) with { Base = Base(1, First, changes) }, changes) with { Expect = StatusListRejection.Malformed }])
        {
            Answers = [("pm27110", 10, "invalid"), ("pm27110", 20, "valid")],
        };
    }

    private static Action<CborWriter> List(string name, int entries, int count, byte[] bits) => writer => writer.Array(6).Text(name).Integer(entries).Integer(count).Bytes(bits).Integer(0).Bytes([]);

    private static CompactStep Raw(CborWriter writer, params Action<CborWriter>[] lists)
    {
        foreach (var list in lists)
        {
            list(writer);
        }

        var body = writer.ToArray();
        return Signed(Content(First, 1) with { StateDigest = SHA256.HashData(body), StateSize = body.Length }, body) with { Expect = StatusListRejection.Malformed };
    }

    private static CompactState State(params CompactList[] lists) => CompactState.Create(lists);

    public static CompactStep Snapshot(CompactState state, long version, int minutes = 0) => Signed(Content(state, version, minutes), state.Encode());

    public static CompactStep Delta(CompactState from, long fromVersion, CompactState to, long version, int minutes = 0)
    {
        var changes = from.ChangesTo(to);
        return Signed(Content(to, version, minutes) with { Base = Base(fromVersion, from, changes) }, changes);
    }

    private static CompactStatusBase Base(long version, CompactState from, byte[] changes) => new(version, from.Digest, SHA256.HashData(changes), changes.Length);

    private static CompactStatusContent Content(CompactState state, long version, int minutes = 0) => new()
    {
        Series = "pm",
        StatusUriTemplate = World.Template34,
        Version = version,
        IssuedAt = World.Now.AddHours(-1).AddMinutes(minutes),
        TimeToLive = TimeSpan.FromMinutes(15),
        ExpiresAt = World.Now.AddHours(72),
        StateDigest = state.Digest,
        StateSize = state.Encode().Length,
    };

    private static CompactStep Signed(CompactStatusContent content, byte[] body) => new(Sign(CompactStatusToken.WritePayload(content)), body);

    public static byte[] HeaderOf(string key, long type = Labels.CompactStatusType, long algorithm = (long)CoseAlgorithm.Es256) =>
        StatusSignature.Header(TestKeys.Of(key).KeyId, (CoseAlgorithm)algorithm, CborPairs.Encode(value => value.Integer(type)));

    private static byte[] Sign(byte[] payload, string key = "status", long type = Labels.CompactStatusType, long algorithm = (long)CoseAlgorithm.Es256)
    {
        var header = HeaderOf(key, type, algorithm);
        return CoseSign1.Write(header, payload, TestKeys.Sign(key, CoseSign1.ToBeSigned(header, payload)));
    }
}
