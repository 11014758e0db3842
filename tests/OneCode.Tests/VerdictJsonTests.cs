using OneCode.Cli.Vectors;
using OneCode.Json;

namespace OneCode.Tests;

/// <summary>What scripts read. Whole texts, so that nothing is renamed, lost or added by accident.</summary>
public sealed class VerdictJsonTests
{
    private const string Paper = """
        "kind":"person","form":"paper","level":2,"claims":{"issuer":"34","kind":"person","form":"paper","subject":{"maskedName":"张*","lastFour":"001X"},"issuedAt":"2026-11-14T12:00:00Z","validFrom":"2026-11-14T12:00:00Z","expiresAt":"2027-11-14T12:00:00Z","status":{"list":"pm27110","index":7},"level":2}
        """;

    [Fact]
    public void What_passed_says_as_of_when_and_what_the_issuer_said() =>
        Says($$"""{"verdict":"passed","answer":"valid","statusAsOf":"2026-11-24T11:55:00Z",{{Paper}}}""", new ACode());

    [Fact]
    public void What_failed_says_why_and_where_and_what_the_issuer_said_when_he_did() =>
        Says($$"""{"verdict":"failed","answer":"revoked","reason":"Revoked","step":"Status",{{Paper.Replace("\"index\":7", "\"index\":10", StringComparison.Ordinal)}}}""",
            new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", World.RevokedIndex) } });

    [Fact]
    public void What_was_forged_says_nothing_of_what_it_said() =>
        Says("""{"verdict":"failed","answer":"invalid","reason":"SignatureInvalid","step":"Signature"}""", new ACode { ChangeSignature = signature => [.. signature[..^1], (byte)(signature[^1] ^ 1)] });

    [Fact]
    public void A_doubt_says_what_is_missing() =>
        Says($$"""{"verdict":"indeterminate","answer":"stale","reason":"StatusStale","step":"Confidence",{{Paper}}}""", new ACode { Key = "person-floor" });

    [Fact]
    public void A_doubt_before_the_signature_says_no_more() =>
        Says("""{"verdict":"indeterminate","answer":"cannotTell","reason":"KeyNotInTrustList","step":"Key"}""", new ACode { Key = "stranger" });

    [Fact]
    public void A_phone_names_its_key()
    {
        var key = ACode.PhonePerson.Holder!;
        const string Said = """
            {"verdict":"passed","answer":"valid","statusAsOf":"2026-11-24T11:55:00Z","kind":"person","form":"phone","level":4,"claims":{"issuer":"34","kind":"person","form":"phone","subject":{"maskedName":"张*"},"issuedAt":"2026-11-24T10:00:00Z","validFrom":"2026-11-24T10:00:00Z","expiresAt":"2026-11-25T10:00:00Z","status":{"list":"pd2611250","index":7},"level":4,"holder":{"x":
            """;
        Says($"{Said}\"{Convert.ToHexStringLower(key.X)}\",\"yIsOdd\":{(key.YIsOdd ? "true" : "false")}}}}}}}", ACode.Phone);
    }

    [Fact]
    public void Enterprises_and_vehicles_have_their_own_members_and_no_level()
    {
        Assert.Equal(
            """{"issuer":"34","kind":"enterprise","form":"paper","subject":{"creditCode":"91349900MA2T000159","name":"安徽示例科技有限公司","kindCode":"1100","endsOn":"2046-08-31"},"issuedAt":"2026-11-14T12:00:00Z","validFrom":"2026-11-14T12:00:00Z","expiresAt":"2031-11-23T12:00:00Z","status":{"list":"em31110","index":7}}""",
            JsonText.OneLine(ClaimsJson.Of(ACode.PaperEnterprise)));
        Assert.Equal("""{"creditCode":"91349900MA2T000159","name":"x","kindCode":"1100"}""", Subject(new EnterpriseClaims("91349900MA2T000159", "x", "1100")));
        Assert.Equal("""{"plate":"皖A00001","plateKind":"02","inspectionEndsOn":"2027-11-30"}""", Subject(ACode.PaperVehicle.Subject));
        Assert.Equal("""{"plate":"皖A00001","plateKind":"02"}""", Subject(new VehicleClaims("皖A00001", "02")));
        Assert.Equal("vehicle", (string?)ClaimsJson.Of(ACode.PaperVehicle)["kind"]);
    }

    [Fact]
    public void A_gate_adds_the_moment_and_the_ages_that_it_knows()
    {
        var verdict = Holding.Everything().Verify(new ACode { Key = "stranger" }.Text(), World.Now);
        const string Said = """{"verdict":"indeterminate","answer":"cannotTell","reason":"KeyNotInTrustList","step":"Key","at":"2026-11-24T12:00:00Z""";
        Assert.Equal(Said + "\"}", JsonText.OneLine(VerdictJson.Of(verdict, World.Now, null, null)));
        Assert.Equal(Said + "\",\"statusAge\":61,\"trustAge\":7200}", JsonText.OneLine(VerdictJson.Of(verdict, World.Now, TimeSpan.FromSeconds(61.9), TimeSpan.FromHours(2))));
    }

    [Fact]
    public void For_people_it_is_indented_with_the_same_line_ends_everywhere() =>
        Assert.Equal("{\n  \"plate\": \"皖A00001\",\n  \"plateKind\": \"02\"\n}", JsonText.Indented(ClaimsJson.Of(ACode.PaperVehicle with { Subject = new VehicleClaims("皖A00001", "02") })["subject"]!));

    [Fact]
    public void Each_answer_has_its_own_word() =>
        Assert.Equal(["valid", "revoked", "suspended", "stale", "notCovered", "invalid", "cannotTell"], Enum.GetValues<Answer>().Select(VerdictJson.Word));

    private static void Says(string expected, ACode code) => Assert.Equal(expected, JsonText.OneLine(VerdictJson.Of(Holding.Everything().Verify(code.Text(), World.Now))));

    private static string Subject(SubjectClaims subject) => JsonText.OneLine(ClaimsJson.Of(ACode.PaperPerson with { Subject = subject })["subject"]!);
}
