using OneCode.Wire;

namespace OneCode.Cli.Vectors;

/// <summary>What levels of one region count for in another (SPEC 7.5).</summary>
internal static class LevelVectors
{
    private static readonly byte[] WithLevels = [0xa1, 0x10, 0x19, 0xfd, 0xed];
    private static readonly byte[] Plain = [0xa1, 0x10, 0x19, 0xfd, 0xea];
    private static readonly LevelMapping Row = new("32", 0, 1, 3, 4);

    public static IEnumerable<Vector> All() => [.. Counted(), .. Refused()];

    private static IEnumerable<Vector> Counted()
    {
        yield return Of32("levels-lowered", "Level 2 of region 32 counts for 1 in region 34.", 2, 1, Row);
        yield return Of32("levels-nothing", "Level 1 of region 32 counts for nothing: the code is genuine all the same.", 1, 0, Row);
        yield return Of32("levels-raised", "Where 32 asks more for its 2 than 34 does for its 3.", 2, 3, Row with { Two = 3 });
        yield return Of32("levels-of-others", "A row about another region says nothing about 32.", 2, null, Row with { Issuer = "31" });
        yield return Of32("levels-many", "Rows of several regions, in any order.", 2, 1, new("51", 0, 0, 0, 0), Row, new("31", 1, 1, 1, 1));
        yield return new("levels-own-region", "A row about 32 says nothing about the publisher's own codes.", "Passed") { Code = new ACode(), TrustLists = [World.SignTrust(Content(Row))] };
        yield return new("levels-then-plain", "A newer list without levels takes the place of one with them.", "Passed")
        {
            Code = CodeOf32(2),
            StatusLists = [StatusOf32()],
            TrustLists = [World.SignTrust(Content(Row)), World.SignTrust(World.TrustContent with { Version = 8 })],
        };
    }

    private static IEnumerable<Vector> Refused()
    {
        yield return No("levels-descending", "A higher level that counts for less.", Sign(Content(Row with { Three = 0 })));
        yield return No("levels-five", "A fifth level.", Sign(Content(Row with { Four = 5 })));
        yield return No("levels-of-publisher", "The publisher's own levels mapped.", Sign(Content(Row with { Issuer = "34" })));
        yield return No("levels-region-twice", "Two rows about one region.", Sign(Content(Row, Row with { One = 1 })));
        yield return No("levels-region-lower-case", "A region that is none.", Sign(Content(Row with { Issuer = "3a" })));
        yield return No("levels-none", "typ 65005 without its rows.", World.SignTrustPayload(TrustListCodec.Write(World.TrustContent), ["root-1", "root-2"], WithLevels));
        yield return No("levels-in-plain-list", "Rows in a list of typ 65002.", World.SignTrustPayload(TrustListCodec.Write(Content(Row)), ["root-1", "root-2"], Plain));
        yield return No("levels-three", "Three levels where four are.", Rows(writer => writer.Array(1).Array(2).Text("32").Array(3).Integer(0).Integer(1).Integer(2)));
        yield return No("levels-empty", "No rows.", Rows(writer => writer.Array(0)));
        yield return No("levels-too-many", "257 rows.", Rows(writer =>
        {
            writer.Array(257);
            for (var i = 0; i < 257; i++)
            {
                writer.Array(2).Text($"A{i:X3}").Array(4).Integer(0).Integer(0).Integer(0).Integer(0);
            }
        }));
        yield return No("levels-not-rows", "A map where rows belong.", Rows(writer => writer.Map(0)));
    }

    private static Vector Of32(string name, string comment, int level, int? counts, params LevelMapping[] rows) => new(name, comment, "Passed")
    {
        Code = CodeOf32(level),
        TrustLists = [World.SignTrust(Content(rows))],
        StatusLists = [StatusOf32()],
        Level = counts,
    };

    private static Vector No(string name, string comment, byte[] list) => new(name, comment, "Indeterminate TrustMissing Key")
    {
        Code = new ACode(),
        TrustLists = [list],
        RefusedTrustLists = new Dictionary<int, TrustListRejection> { [0] = TrustListRejection.Malformed },
        RefusedStatusLists = Enumerable.Range(0, World.StatusLists.Count).ToDictionary(i => i, _ => StatusListRejection.KeyNotInTrustList),
    };

    private static ACode CodeOf32(int level) => new() { Key = "person-32", Claims = ACode.PaperPerson with { Issuer = "32", Level = level } };

    public static byte[] StatusOf32(string list = "pm27110") =>
        World.SignStatus(World.StatusContent(list) with { Uri = World.Template32.Replace(TrustedKey.ListPlaceholder, list, StringComparison.Ordinal) }, "status-32");

    private static TrustListContent Content(params LevelMapping[] rows) => World.TrustContent with { Levels = rows };

    private static byte[] Sign(TrustListContent content) => World.SignTrust(content);

    private static byte[] Rows(Action<CborWriter> write) =>
        World.SignTrustPayload(new CborPairs(TrustListCodec.Write(World.TrustContent)).With(-4, write).ToBytes(), ["root-1", "root-2"], WithLevels);
}
