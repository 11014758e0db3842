using OneCode.Cli.Vectors;

namespace OneCode.Tests;

/// <summary>What the vectors cannot say: memory, threads, the two-step use.</summary>
public sealed class CredentialVerifierTests
{
    [Fact]
    public void Of_keys_that_share_a_name_the_one_that_signed_is_found_wherever_it_stands()
    {
        // Two keys of one kid take 2^32 tries; the search does not know how they came to share it.
        var (signer, stranger) = (World.TrustContent.Keys[0], World.TrustContent.Keys[1]);
        Assert.True(Wire.CoseSign1.TryRead(new ACode().Bytes(), Wire.Labels.CodeItems, out var message));
        foreach (var candidates in new TrustedKey[][] { [signer, stranger], [stranger, signer] })
        {
            Assert.Equal(Wire.TrustedSignature.Answer.Signed, Wire.TrustedSignature.Check(message, (long)CoseAlgorithm.Es256, candidates, out var found));
            Assert.Same(signer, found);
        }

        Assert.Equal(Wire.TrustedSignature.Answer.SignatureInvalid, Wire.TrustedSignature.Check(message, (long)CoseAlgorithm.Es256, [stranger], out _));
    }

    [Fact]
    public void A_remembered_phone_still_signs_every_moment_anew()
    {
        var verifier = Holding.Everything();
        var credential = ACode.Phone.Credential();
        Assert.IsType<Verdict.Passed>(verifier.Verify(Present(credential, "device"), World.Now));
        Assert.IsType<Verdict.Passed>(verifier.Verify(Present(credential, "device"), World.Now));
        Fails(Rejection.HolderProofInvalid, verifier.Verify(Present(credential, "thief"), World.Now));
        Fails(Rejection.NotFresh, verifier.Verify(Present(credential, "device"), World.Now.AddMinutes(5)));
    }

    [Fact]
    public void Memory_does_not_outlive_a_withdrawn_key()
    {
        var verifier = Holding.Everything();
        var text = ACode.Phone.Text();
        Assert.IsType<Verdict.Passed>(verifier.Verify(text, World.Now));
        Assert.Null(verifier.TakeTrustList(World.SignTrust(World.TrustContent with
        {
            Version = 8,
            Keys = [World.TrustContent.Keys[0] with { WithdrawnSince = World.Now }, .. World.TrustContent.Keys.Skip(1)],
        })));
        Fails(Rejection.KeyWithdrawn, verifier.Verify(text, World.Now));
        Assert.Null(verifier.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 9, Keys = [.. World.TrustContent.Keys.Skip(1)] })));
        Assert.Equal(Doubt.KeyNotInTrustList, Assert.IsType<Verdict.Indeterminate>(verifier.Verify(text, World.Now)).Missing);
    }

    [Fact]
    public void Memory_does_not_outlive_a_revocation()
    {
        var verifier = Holding.Everything();
        var text = ACode.Phone.Text();
        Assert.IsType<Verdict.Passed>(verifier.Verify(text, World.Now));
        var newer = World.StatusContent("pd2611250") with { IssuedAt = World.Now.AddMinutes(-1) };
        newer.List.Set(World.CleanIndex, StatusValue.Suspended);
        Assert.Null(verifier.TakeStatusList(World.SignStatus(newer)));
        Fails(Rejection.Suspended, verifier.Verify(text, World.Now));
    }

    [Fact]
    public void Memory_is_bounded_and_forgetting_changes_no_answer()
    {
        var verifier = Holding.Everything(new CredentialVerifier(remembered: 4));
        var credentials = Enumerable.Range(0, 20)
            .Select(i => (ACode.Phone with { Claims = ACode.PhonePerson with { Status = new StatusReference("pd2611250", 100 + i) } }).Credential())
            .ToList();
        for (var round = 0; round < 3; round++)
        {
            Assert.All(credentials, credential => Assert.IsType<Verdict.Passed>(verifier.Verify(Present(credential, "device"), World.Now)));
        }

        Assert.IsType<Verdict.Passed>(Holding.Everything(new CredentialVerifier(remembered: 0)).Verify(ACode.Phone.Text(), World.Now));
    }

    [Fact]
    public void Many_guards_may_ask_at_once()
    {
        var verifier = Holding.Everything(new CredentialVerifier(remembered: 8));
        var texts = Enumerable.Range(0, 16)
            .Select(i => (ACode.Phone with { Claims = ACode.PhonePerson with { Status = new StatusReference("pd2611250", 100 + i) } }).Text())
            .Append(new ACode().Text())
            .ToList();
        Parallel.For(0, 2000, i => Assert.IsType<Verdict.Passed>(verifier.Verify(texts[i % texts.Count], World.Now)));
    }

    [Fact]
    public void An_online_verifier_examines_then_asks_then_judges()
    {
        var trust = Holding.Trust().Trust!;
        var verifier = new CredentialVerifier();
        Assert.True(verifier.TryExamine(new ACode().Text(), trust, out var credential, out _));
        Assert.Equal(new StatusQuery("34", "https://s.example.cn/34/pm27110", new StatusReference("pm27110", World.CleanIndex)), credential.StatusQuery);
        var answer = StatusAnswer.Known(StatusValue.Valid, World.Now, World.Now.AddMinutes(1));
        Assert.IsType<Verdict.Passed>(CredentialVerifier.Judge(credential, trust, answer, World.Now));
        Assert.Equal(Doubt.StatusUnknown, Assert.IsType<Verdict.Indeterminate>(CredentialVerifier.Judge(credential, trust, StatusAnswer.Unknown, World.Now)).Missing);
    }

    [Fact]
    public void A_status_that_nobody_filled_in_is_unknown_and_never_valid() => Assert.Equal(StatusAnswer.Knowledge.Nothing, default(StatusAnswer).Knows);

    [Fact]
    public void A_failed_code_shows_the_issuers_words_only_when_the_signature_held()
    {
        var verifier = Holding.Everything();
        var expired = verifier.Verify(new ACode { Claims = ACode.PaperPerson with { ExpiresAt = World.Now } }.Text(), World.Now);
        Assert.NotNull(Assert.IsType<Verdict.Failed>(expired).Credential);
        var forged = verifier.Verify(new ACode { Key = "stranger", NamedKey = "person" }.Text(), World.Now);
        Assert.Null(Assert.IsType<Verdict.Failed>(forged).Credential);
    }

    [Fact]
    public void Two_keys_of_one_name_are_both_tried()
    {
        // Eight bytes collide for whoever tries hard enough; here the names are made equal by hand.
        var keys = new[] { World.TrustContent.Keys[1], World.TrustContent.Keys[0] };
        Assert.True(Wire.CoseSign1.TryRead(new ACode().Bytes(), 512, out var message));
        Assert.Equal(Wire.TrustedSignature.Answer.Signed, Wire.TrustedSignature.Check(message, -7, keys, out var signer));
        Assert.Equal(World.TrustContent.Keys[0], signer);
    }

    private static string Present(byte[] credential, string device) => CodeText.Encode((ACode.Phone with { Device = device }).Present(credential));

    private static void Fails(Rejection reason, Verdict verdict) => Assert.Equal(reason, Assert.IsType<Verdict.Failed>(verdict).Reason);
}
