using OneCode.Cli.Vectors;
using OneCode.Wire;

namespace OneCode.Tests;

/// <summary>Both sides of each bound: what mutation testing found that nobody had held to (<c>tests/mutation</c>).</summary>
public sealed class BoundsTests
{
    private static readonly OfflineVerifier Everything = Holding.Everything(new CredentialVerifier(remembered: 0));

    [Theory]
    [InlineData("91349900MA2T000159", true)]
    [InlineData("91349900MA2T00015", false)]
    [InlineData("91349900MA2T0001599", false)]
    [InlineData("91349900MA2T00015O", false)]
    public void A_credit_code_has_eighteen_characters_of_its_alphabet(string code, bool isRight) =>
        Is(isRight, Enterprise(writer => writer.Text(code), null, null));

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    [InlineData(0, false)]
    public void A_name_has_1_to_128_bytes(int length, bool isRight) =>
        Is(isRight, Enterprise(null, writer => writer.Text(new string('A', length)), null));

    [Theory]
    [InlineData(8, true)]
    [InlineData(9, false)]
    [InlineData(0, false)]
    public void A_kind_of_enterprise_has_1_to_8_bytes(int length, bool isRight) =>
        Is(isRight, Enterprise(null, null, writer => writer.Text(new string('1', length))));

    [Theory]
    [InlineData(0x1f, false)]
    [InlineData(0x20, true)]
    [InlineData(0x7e, true)]
    [InlineData(0x7f, false)]
    [InlineData(0x9f, false)]
    [InlineData(0xa0, true)]
    public void A_name_has_no_control_characters(int character, bool isRight) =>
        Is(isRight, Enterprise(null, writer => writer.Text("A" + (char)character), null));

    [Theory]
    [InlineData(24, "02", true)]
    [InlineData(25, "02", false)]
    [InlineData(1, "02", true)]
    [InlineData(0, "02", false)]
    [InlineData(8, "2", false)]
    [InlineData(8, "022", false)]
    [InlineData(8, "0A", false)]
    [InlineData(8, "A2", false)]
    public void A_plate_has_1_to_24_bytes_and_two_digits_of_kind(int length, string kind, bool isRight) =>
        Is(isRight, Vehicle(map => map.With(1, writer => writer.Text(new string('A', length))).With(2, writer => writer.Text(kind))));

    [Theory]
    [InlineData("001X", true)]
    [InlineData("0019", true)]
    [InlineData("001", false)]
    [InlineData("00191", false)]
    [InlineData("00X9", false)]
    [InlineData("X019", false)]
    [InlineData("001A", false)]
    public void The_last_four_are_three_digits_and_a_digit_or_x(string lastFour, bool isRight) =>
        Is(isRight, Person(map => map.With(1, writer => writer.Text(lastFour))));

    [Theory]
    [InlineData("张*", null)]
    [InlineData("张三丰*", null)]
    [InlineData("欧阳三丰*", Rejection.ContentNotAllowed)]
    [InlineData("张三", Rejection.ContentNotAllowed)]
    [InlineData("", Rejection.Malformed)]
    public void A_masked_name_shows_at_most_three_characters(string name, Rejection? reason) =>
        Assert.Equal(reason, ReasonOf(Person(map => map.With(4, writer => writer.Text(name)))));

    [Theory]
    [InlineData("3456", Rejection.IssuerMismatch)]
    [InlineData("34567", Rejection.Malformed)]
    [InlineData("", Rejection.Malformed)]
    [InlineData("3a", Rejection.Malformed)]
    [InlineData("3-", Rejection.Malformed)]
    public void A_region_has_1_to_4_capitals_and_digits(string region, Rejection reason) =>
        Assert.Equal(reason, ReasonOf(Paper(claims => claims.With(Labels.Issuer, writer => writer.Text(region)))));

    [Theory]
    [InlineData("abcdefgh01234567", null)]
    [InlineData("abcdefgh012345678", Rejection.Malformed)]
    [InlineData("", Rejection.Malformed)]
    [InlineData("A", Rejection.Malformed)]
    public void A_lists_name_has_1_to_16_small_letters_and_digits(string list, Rejection? reason) =>
        Assert.Equal(reason, ReasonOf(Paper(claims => claims.With(Labels.Status, writer => writer.Array(2).Text(list).Integer(1)))));

    [Theory]
    [InlineData(Labels.Level, 0, Rejection.Malformed)]
    [InlineData(Labels.Level, 1, null)]
    [InlineData(Labels.Level, 4, null)]
    [InlineData(Labels.Level, 5, Rejection.Malformed)]
    [InlineData(Labels.Form, 0, Rejection.Malformed)]
    [InlineData(Labels.Form, 3, Rejection.Malformed)]
    [InlineData(Labels.NotBefore, -1, Rejection.Malformed)]
    public void Numbers_stay_within_their_bounds(long label, long value, Rejection? reason) =>
        Assert.Equal(reason, ReasonOf(Paper(claims => claims.With(label, writer => writer.Integer(value)))));

    [Theory]
    [InlineData(Labels.Person)]
    [InlineData(Labels.Enterprise)]
    [InlineData(Labels.Vehicle)]
    [InlineData(Labels.Confirmation)]
    [InlineData(Labels.Status)]
    public void What_should_be_a_map_or_an_array_is_one(long label) =>
        Assert.Equal(Rejection.Malformed, ReasonOf(Paper(claims => claims.With(label, writer => writer.Integer(1)))));

    [Fact]
    public void A_member_named_by_a_text_is_unknown_and_read_past() =>
        Assert.Equal(Rejection.ContentNotAllowed, ReasonOf(Paper(claims => claims.With(Labels.Person, writer => writer.Map(3).Integer(1).Text("001X").Integer(4).Text("张*").Text("x").Integer(4)))));

    [Theory]
    [InlineData(60, null)]
    [InlineData(61, Doubt.ClockWrong)]
    public void A_clock_may_be_sixty_seconds_behind(int seconds, Doubt? doubt)
    {
        var verdict = Holding.Everything().Verify(new ACode { Claims = ACode.PaperPerson with { IssuedAt = World.Now, ValidFrom = World.Now } }.Text(), World.Now.AddSeconds(-seconds));
        Assert.Equal(doubt, (verdict as Verdict.Indeterminate)?.Missing);
        Assert.Equal(doubt is null, verdict is Verdict.Passed);
    }

    [Theory]
    [InlineData("a0")]
    [InlineData("0a")]
    [InlineData("é0")]
    [InlineData("0é")]
    [InlineData("V5")]
    public void The_last_two_characters_of_a_text_are_as_strict_as_the_others(string end)
    {
        Assert.False(Base45.TryDecode(end, new byte[4], out _));
        Assert.True(Base45.TryDecode("U5", new byte[4], out _));
        Assert.False(Base45.TryDecode("000" + end, new byte[8], out _));
    }

    [Fact]
    public void Maps_in_any_order_have_no_key_twice()
    {
        Assert.True(DeterministicCbor.IsValidInAnyOrder([0xa3, 0x02, 0x00, 0x01, 0x00, 0x03, 0x00], 16));
        Assert.False(DeterministicCbor.IsValidInAnyOrder([0xa3, 0x02, 0x00, 0x01, 0x00, 0x02, 0x00], 16));
        Assert.False(DeterministicCbor.IsValid([0xa3, 0x02, 0x00, 0x01, 0x00, 0x03, 0x00], 16));
        Assert.False(DeterministicCbor.IsValidInAnyOrder([0xa1, 0x02, 0x00], 2));
        Assert.True(DeterministicCbor.IsValidInAnyOrder([0xa1, 0x02, 0x00], 3));
    }

    [Fact]
    public void What_is_used_stays_remembered_when_the_generations_turn()
    {
        var memory = new VerifiedCredentials(capacity: 4);
        var key = World.TrustContent.Keys[0];
        memory.Keep([1], new VerifiedCredential(ACode.PhonePerson, key, null));
        memory.Keep([2], new VerifiedCredential(ACode.PhonePerson, key, null));

        // Two make a generation: [1] is in the old one now, and asking for it brings it into the young one.
        Assert.True(memory.TryFind([1], [key], out _));
        memory.Keep([3], new VerifiedCredential(ACode.PhonePerson, key, null));
        Assert.True(memory.TryFind([1], [key], out _));
        Assert.False(memory.TryFind([2], [key], out _));
        Assert.False(memory.TryFind([1], [World.TrustContent.Keys[1]], out _));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    [InlineData(4, 2)]
    [InlineData(5, 3)]
    public void Half_of_what_may_be_remembered_is_a_generation(int capacity, int generation)
    {
        // What nobody asks for is forgotten when the generation behind its own is full.
        var key = World.TrustContent.Keys[0];
        for (byte count = 1; count <= 2 * generation; count++)
        {
            var memory = new VerifiedCredentials(capacity);
            for (byte i = 0; i < count; i++)
            {
                memory.Keep([i], new VerifiedCredential(ACode.PhonePerson, key, null));
            }

            Assert.Equal(count < 2 * generation, memory.TryFind([0], [key], out _));
        }
    }

    [Fact]
    public void Lists_held_live_on_under_a_newer_trust_list_that_vouches_for_their_signer()
    {
        var verifier = Holding.Everything();
        Assert.Null(verifier.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 8 })));
        Assert.IsType<Verdict.Passed>(verifier.Verify(new ACode().Text(), World.Now));
        Assert.Equal(World.StatusLists.Count, verifier.Statuses.All.Count);
    }

    [Fact]
    public void A_verifier_without_roots_or_without_a_trust_list_takes_nothing_that_these_must_vouch_for()
    {
        var (rootless, listless) = (new OfflineVerifier(null), new OfflineVerifier(World.Roots));
        Assert.Equal(TrustListRejection.ThresholdNotMet, rootless.TakeTrustList(World.Trust));
        Assert.Equal(TrustListRejection.ThresholdNotMet, rootless.TakeRoots(World.Trust));
        Assert.Equal(Doubt.RootsMissing, Assert.IsType<Verdict.Indeterminate>(rootless.Verify(new ACode().Text(), World.Now)).Missing);
        Assert.Equal(Doubt.TrustMissing, Assert.IsType<Verdict.Indeterminate>(listless.Verify(new ACode().Text(), World.Now)).Missing);
        var step = CompactVectors.Snapshot(CompactState.Create([]), 1);
        Assert.All([rootless, listless], verifier => Assert.Equal(StatusListRejection.KeyNotInTrustList, verifier.TakeStatusList(World.StatusLists[0])));
        Assert.All([rootless, listless], verifier => Assert.Equal(StatusListRejection.KeyNotInTrustList, verifier.TakeCompact(step.Message, step.Body)));
        Assert.Null(rootless.Roots);
        Assert.Same(World.Roots, listless.Roots);
    }

    [Fact]
    public void The_same_trust_list_again_is_no_other_one()
    {
        var verifier = Holding.Everything();
        var held = verifier.Trust;
        Assert.Null(verifier.TakeTrustList(World.Trust));
        Assert.Same(held, verifier.Trust);
    }

    [Fact]
    public void A_compact_series_lives_on_under_a_newer_trust_list_that_vouches_for_its_signer()
    {
        var verifier = Holding.Trust();
        var step = CompactVectors.Snapshot(CompactState.Create([CompactList.Create("pm27110", 1024, [World.RevokedIndex], [])]), 1);
        Assert.Null(verifier.TakeCompact(step.Message, step.Body));
        Assert.Null(verifier.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 8 })));
        Assert.IsType<Verdict.Passed>(verifier.Verify(new ACode().Text(), World.Now));
        Assert.Null(verifier.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 9, Keys = [.. World.TrustContent.Keys.Where(key => key.Purpose != KeyPurpose.StatusList)] })));
        Assert.Empty(verifier.Compact.All);
    }

    [Theory]
    [InlineData("issuer")]
    [InlineData("purpose")]
    [InlineData("period")]
    [InlineData("withdrawn")]
    [InlineData("gone")]
    public void Lists_held_end_with_a_trust_list_that_moves_or_drops_their_signer(string change)
    {
        var verifier = Holding.Everything();
        var signer = World.TrustContent.Keys[3];
        TrustedKey[] keys = change switch
        {
            "issuer" => [signer with { Issuer = "32" }],
            "purpose" => [signer with { Purpose = KeyPurpose.Vehicle, StatusUriTemplate = World.Template34 }],
            "period" => [signer with { Until = World.Now.AddDays(-1) }],
            "withdrawn" => [signer with { WithdrawnSince = World.Now }],
            _ => [],
        };
        Assert.Null(verifier.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 8, Keys = [.. World.TrustContent.Keys.Where(key => key != signer), .. keys] })));
        Assert.Equal(Doubt.StatusUnknown, Assert.IsType<Verdict.Indeterminate>(verifier.Verify(new ACode().Text(), World.Now)).Missing);
        Assert.Empty(verifier.Statuses.All);
    }

    [Fact]
    public void A_status_list_from_elsewhere_has_one_or_two_bits_and_some_bytes()
    {
        Assert.Equal(4, StatusList.FromBytes([0], 2).Count);
        Assert.Equal(8, StatusList.FromBytes([0], 1).Count);
        Assert.Throws<ArgumentException>(() => StatusList.FromBytes([0], 4));
        Assert.Throws<ArgumentException>(() => StatusList.FromBytes([], 2));
        Assert.Throws<ArgumentException>(() => StatusList.FromBytes(new byte[StatusList.MaximumBytes + 1], 2));
        Assert.Equal(StatusList.MaximumBytes, StatusList.FromBytes(new byte[StatusList.MaximumBytes], 2).Bytes.Length);
        Assert.True(StatusList.TryInflate(Zlib.Deflate(new byte[StatusList.MaximumBytes]), 2, out _));
        Assert.False(StatusList.TryInflate(Zlib.Deflate(new byte[StatusList.MaximumBytes + 1]), 2, out _));
    }

    [Fact]
    public async Task What_was_signed_says_its_claims_again()
    {
        using var signer = new SoftwareSigner(System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256));
        var signed = await CredentialIssuer.Prepare(ACode.PaperPerson, signer.KeyId, signer.Algorithm).CompleteAsync(signer, TestContext.Current.CancellationToken);
        Assert.Equal(ACode.PaperPerson, signed.Claims);
    }

    [Fact]
    public void Device_keys_differ_by_curve_by_parity_and_by_x()
    {
        var key = new DeviceKey(CoseAlgorithm.Es256, new byte[32], yIsOdd: true);
        Assert.Equal(new DeviceKey(CoseAlgorithm.Es256, new byte[32], yIsOdd: true), key);
        Assert.NotEqual(new DeviceKey(CoseAlgorithm.Sm2, new byte[32], yIsOdd: true), key);
        Assert.NotEqual(new DeviceKey(CoseAlgorithm.Es256, new byte[32], yIsOdd: false), key);
        Assert.NotEqual(new DeviceKey(CoseAlgorithm.Es256, [1, .. new byte[31]], yIsOdd: true), key);
        Assert.False(key.Equals(null));
        var point = TestKeys.Of("device").PublicKey;
        Assert.True(DeviceKey.From(point).TryDecompress(out var full));
        Assert.Equal(point, full);
    }

    [Fact]
    public void Claims_of_every_shape_come_back_as_they_were()
    {
        (string Key, CredentialClaims Claims)[] shapes =
        [
            ("person", ACode.PaperPerson),
            ("person", ACode.PaperPerson with { ValidFrom = World.Now.AddDays(-3) }),
            ("enterprise", ACode.PaperEnterprise),
            ("enterprise", ACode.PaperEnterprise with { Subject = new EnterpriseClaims("91349900MA2T000159", "示例", "1100", null) }),
            ("vehicle", ACode.PaperVehicle),
            ("vehicle", ACode.PaperVehicle with { Subject = new VehicleClaims("皖A00001", "02", null) }),
        ];
        Assert.All(shapes, shape => Assert.Equal(shape.Claims, Examined(new CredentialVerifier(), new ACode { Key = shape.Key, Claims = shape.Claims }.Text()).Claims));
        Assert.Equal(ACode.PhonePerson, Examined(new CredentialVerifier(), ACode.Phone.Text()).Claims);
    }

    [Fact]
    public void A_phones_credential_is_read_once_and_remembered()
    {
        var (remembering, forgetting) = (new CredentialVerifier(), new CredentialVerifier(remembered: 0));
        var credential = ACode.Phone.Credential();
        string[] shown = [.. new[] { -5, -4 }.Select(seconds => CodeText.Encode((ACode.Phone with { PresentedAt = World.Now.AddSeconds(seconds) }).Present(credential)))];
        Assert.Same(Examined(remembering, shown[0]).Claims, Examined(remembering, shown[1]).Claims);
        Assert.NotSame(Examined(forgetting, shown[0]).Claims, Examined(forgetting, shown[1]).Claims);
    }

    [Fact]
    public void Keys_with_the_same_x_are_two()
    {
        var key = TestKeys.Of("device").PublicKey;
        Assert.True(new DeviceKey(CoseAlgorithm.Es256, key.X, yIsOdd: (key.Y[^1] & 1) == 0).TryDecompress(out var opposite));
        Assert.Equal(key.X, opposite.X);
        Assert.NotEqual(key, opposite);
        Assert.NotEqual(key.KeyId, opposite.KeyId);
        Assert.True(DeviceKey.TryCreate(key.X, key.Y, out var device));
        Assert.Equal(DeviceKey.From(key), device);
        Assert.False(DeviceKey.TryCreate(key.Y, key.X, out _));
        Assert.NotEqual(key, PublicKey.Unsupported(CoseAlgorithm.Sm2, key.X, key.Y));
        Assert.False(PublicKey.TryCreate(key.X, key.X, out _));
        Assert.False(key.Equals(null));
        Assert.True(key.Equals((object)TestKeys.Of("device").PublicKey));
    }

    [Fact]
    public void A_set_of_roots_has_some_keys_each_once_and_a_threshold_that_they_can_reach()
    {
        var (one, two) = (TestKeys.Of("root-1").PublicKey, TestKeys.Of("root-2").PublicKey);
        Assert.Equal(2, new TrustRoots([one, two], 2).Threshold);
        Assert.ThrowsAny<ArgumentException>(() => new TrustRoots([], 1));
        Assert.ThrowsAny<ArgumentException>(() => new TrustRoots([one, one], 1));
        Assert.ThrowsAny<ArgumentException>(() => new TrustRoots([one, two], 3));
        Assert.ThrowsAny<ArgumentException>(() => new TrustRoots([one, two], 0));
    }

    [Fact]
    public void Of_two_status_lists_of_one_moment_the_first_stays()
    {
        var verifier = Holding.Everything();
        var content = World.StatusContent("pm27110");
        Assert.Null(verifier.TakeStatusList(World.SignStatus(content)));
        content.List.Set(World.CleanIndex, StatusValue.Invalid);
        Assert.Equal(StatusListRejection.Rollback, verifier.TakeStatusList(World.SignStatus(content)));
        Assert.IsType<Verdict.Passed>(verifier.Verify(new ACode().Text(), World.Now));
        var held = verifier.Statuses.All.First();
        Assert.Equal(StatusAnswer.Knowledge.Value, held.Find(0).Knows);
        Assert.Equal(StatusAnswer.Knowledge.Value, held.Find(1023).Knows);
        Assert.Equal(StatusAnswer.Knowledge.NotThisIndex, held.Find(1024).Knows);
        Assert.Equal(StatusAnswer.Knowledge.NotThisIndex, held.Find(-1).Knows);
    }

    [Theory]
    [InlineData("{list}", true)]
    [InlineData("a{list}", true)]
    [InlineData("{list}{list}", false)]
    [InlineData("a", false)]
    [InlineData("", false)]
    [InlineData("a {list}", false)]
    [InlineData("é{list}", false)]
    public void A_template_is_printable_and_names_the_list_once(string template, bool isRight)
    {
        Assert.Equal(isRight, Grammar.IsTemplate(template));
        Assert.True(Grammar.IsTemplate(new string('a', 249) + "{list}"));
        Assert.False(Grammar.IsTemplate(new string('a', 250) + "{list}"));
    }

    [Fact]
    public void A_trusted_key_begins_before_it_ends()
    {
        var key = World.TrustContent.Keys[0];
        Assert.Throws<ArgumentException>(() => TrustListToken.Prepare(World.TrustContent with { Keys = [key with { Until = key.From }] }));
        Assert.NotNull(TrustListToken.Prepare(World.TrustContent with { Keys = [key with { Until = key.From.AddSeconds(1) }] }));
        Assert.True(key.IsInForceAt(key.From));
        Assert.False(key.IsInForceAt(key.From.AddSeconds(-1)));
        Assert.True(key.IsInForceAt(key.Until.AddSeconds(-1)));
        Assert.False(key.IsInForceAt(key.Until));
    }

    private static Credential Examined(CredentialVerifier verifier, string text)
    {
        Assert.True(verifier.TryExamine(text, Everything.Trust, out var credential, out _));
        return credential;
    }

    private static Verdict Paper(Func<CborPairs, CborPairs> change) => Everything.Verify(new ACode { ChangeClaims = change }.Text(), World.Now);

    private static Verdict Person(Func<CborPairs, CborPairs> change) =>
        Paper(claims => claims.With(Labels.Person, writer => writer.Encoded(change(new CborPairs(CborPairs.Encode(map => map.Map(2).Integer(1).Text("001X").Integer(4).Text("张*")))).ToBytes())));

    private static Verdict Vehicle(Func<CborPairs, CborPairs> change) => Everything.Verify(
        new ACode
        {
            Key = "vehicle",
            Claims = ACode.PaperVehicle,
            ChangeClaims = claims => claims.With(Labels.Vehicle, writer => writer.Encoded(change(new CborPairs(CborPairs.Encode(map => map.Map(2).Integer(1).Text("A").Integer(2).Text("02")))).ToBytes())),
        }.Text(),
        World.Now);

    private static Verdict Enterprise(Action<CborWriter>? code, Action<CborWriter>? name, Action<CborWriter>? kind) => Everything.Verify(
        new ACode
        {
            Key = "enterprise",
            Claims = ACode.PaperEnterprise,
            ChangeClaims = claims => claims.With(Labels.Enterprise, writer => writer.Encoded(new CborPairs([0xa0])
                .With(1, code ?? (text => text.Text("91349900MA2T000159")))
                .With(2, name ?? (text => text.Text("示例")))
                .With(3, kind ?? (text => text.Text("1100")))
                .ToBytes())),
        }.Text(),
        World.Now);

    private static void Is(bool isRight, Verdict verdict) => Assert.Equal(isRight ? null : Rejection.Malformed, ReasonOf(verdict));

    // Null where the claims were read and allowed: it passed, or only its status is not known here.
    private static Rejection? ReasonOf(Verdict verdict) => (verdict as Verdict.Failed)?.Reason;
}
