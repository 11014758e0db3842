using OneCode.Cli.Vectors;

namespace OneCode.Tests;

public sealed class IssuingTests
{
    private static readonly TestKey Person = TestKeys.Of("person");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_paper_credential_passes_in_both_texts()
    {
        var signed = await Prepare(ACode.PaperPerson).CompleteAsync(Person, Cancellation);
        var verifier = Holding.Everything();
        var passed = Assert.IsType<Verdict.Passed>(verifier.Verify(signed.CodeText, World.Now));
        Assert.Equal(ACode.PaperPerson, passed.Credential.Claims);
        Assert.IsType<Verdict.Passed>(verifier.Verify(signed.PrintText("c.example.cn"), World.Now));
    }

    [Fact]
    public async Task A_phone_credential_passes_when_the_phone_presents_it()
    {
        var signed = await Prepare(ACode.PhonePerson).CompleteAsync(Person, Cancellation);
        var text = await Presentation.SignAsync(signed.Bytes, World.Now, TestKeys.Of("device"), Cancellation);
        var passed = Assert.IsType<Verdict.Passed>(Holding.Everything().Verify(text, World.Now));
        Assert.Equal(ACode.PhonePerson, passed.Credential.Claims);
        Assert.Equal(World.Now, passed.Credential.PresentedAt);
        Assert.Equal(World.Now.AddMinutes(-5), passed.StatusAsOf);
    }

    [Fact]
    public void Fractions_of_a_second_are_dropped()
    {
        var prepared = Prepare(ACode.PaperPerson with { IssuedAt = World.Now.AddMilliseconds(900), ValidFrom = World.Now.AddMilliseconds(950) });
        Assert.Equal(World.Now, prepared.Claims.IssuedAt);
        Assert.Equal(World.Now, prepared.Claims.ValidFrom);
    }

    [Fact]
    public async Task A_prepared_credential_is_signed_once()
    {
        var prepared = Prepare(ACode.PaperPerson);
        await prepared.CompleteAsync(Person, Cancellation);
        await Assert.ThrowsAsync<InvalidOperationException>(() => prepared.CompleteAsync(Person, Cancellation).AsTask());
    }

    [Fact]
    public async Task Another_key_than_prepared_for_does_not_sign() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Prepare(ACode.PaperPerson).CompleteAsync(TestKeys.Of("vehicle"), Cancellation).AsTask());

    [Fact]
    public void What_a_verifier_would_refuse_is_never_prepared()
    {
        Refuses(ACode.PaperPerson with { Subject = new PersonClaims("张敏", "001X") });
        Refuses(ACode.PaperPerson with { Subject = new PersonClaims("张*") });
        Refuses(ACode.PaperPerson with { Holder = ACode.PhonePerson.Holder });
        Refuses(ACode.PaperPerson with { Level = null });
        Refuses(ACode.PaperPerson with { Level = 5 });
        Refuses(ACode.PaperPerson with { Issuer = "anhui" });
        Refuses(ACode.PaperPerson with { Status = new StatusReference("UPPER", 1) });
        Refuses(ACode.PaperPerson with { Status = new StatusReference("pm27110", -1) });
        Refuses(ACode.PaperPerson with { ExpiresAt = ACode.PaperPerson.ValidFrom });
        Refuses(ACode.PhonePerson with { Holder = null });
        Refuses(ACode.PhonePerson with { Subject = new PersonClaims("张*", "001X") });
        Refuses(ACode.PaperEnterprise with { Level = 2 });
        Refuses(ACode.PaperVehicle with { Subject = new VehicleClaims("皖A00001", "2") });
    }

    [Fact]
    public async Task A_signer_that_answers_in_another_form_is_our_fault() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => Prepare(ACode.PaperPerson).CompleteAsync(new DerSigner(), Cancellation).AsTask());

    [Fact]
    public async Task Each_thing_is_signed_by_the_key_that_it_was_prepared_for_and_by_each_root_once()
    {
        var (status, person) = (TestKeys.Of("status"), TestKeys.Of("person"));
        var list = StatusListToken.Prepare(World.StatusContent("pm27110"), status.KeyId, status.Algorithm);
        await Assert.ThrowsAsync<InvalidOperationException>(() => list.CompleteAsync(person, Cancellation).AsTask());
        var trust = TrustListToken.Prepare(World.TrustContent);
        await Assert.ThrowsAsync<ArgumentException>(() => trust.CompleteAsync([], Cancellation).AsTask());
        await Assert.ThrowsAsync<ArgumentException>(() => trust.CompleteAsync([TestKeys.Of("root-1"), TestKeys.Of("root-1")], Cancellation).AsTask());
        var other = CredentialIssuer.Prepare(ACode.PaperPerson, Person.KeyId, CoseAlgorithm.Sm2);
        await Assert.ThrowsAsync<InvalidOperationException>(() => other.CompleteAsync(Person, Cancellation).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => list.CompleteAsync(new DerSigner { KeyId = status.KeyId }, Cancellation).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => trust.CompleteAsync([new DerSigner()], Cancellation).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => Presentation.SignAsync(ACode.Phone.Credential(), World.Now, new DerSigner(), Cancellation).AsTask());
    }

    [Fact]
    public async Task Nothing_waits_for_the_callers_context()
    {
        // A page or a window whose one thread waits for the signature must not be what the signature waits for.
        var (caller, status, credential) = (new Caller(), TestKeys.Of("status"), ACode.Phone.Credential());
        await caller.AskAsync(() => Prepare(ACode.PaperPerson).CompleteAsync(new SlowSigner(Person), Cancellation).AsTask());
        await caller.AskAsync(() => StatusListToken.Prepare(World.StatusContent("pm27110"), status.KeyId, status.Algorithm).CompleteAsync(new SlowSigner(status), Cancellation).AsTask());
        await caller.AskAsync(() => TrustListToken.Prepare(World.TrustContent).CompleteAsync([new SlowSigner(TestKeys.Of("root-1"))], Cancellation).AsTask());
        await caller.AskAsync(() => Presentation.SignAsync(credential, World.Now, new SlowSigner(TestKeys.Of("device")), Cancellation).AsTask());
        Assert.Equal(0, caller.Asked);
    }

    [Fact]
    public async Task A_trust_list_is_signed_by_each_root_and_read_by_who_holds_them()
    {
        var bytes = await TrustListToken.Prepare(World.TrustContent)
            .CompleteAsync([TestKeys.Of("root-2"), TestKeys.Of("root-3")], Cancellation);
        Assert.True(TrustListToken.TryVerify(bytes, World.Roots, null, out var list, out _));
        Assert.Equal(World.TrustContent.Keys, list.Content.Keys);
        Assert.Equal(World.TrustContent with { Keys = list.Content.Keys, Levels = list.Content.Levels }, list.Content);
        Assert.Throws<ArgumentException>(() => TrustListToken.Prepare(World.TrustContent with { Version = 0 }));
    }

    [Fact]
    public void Roots_come_back_from_their_JSON_and_nonsense_does_not()
    {
        var back = TrustRoots.ParseJson(World.Roots.ToJson());
        Assert.Equal(World.Roots.Keys, back.Keys);
        Assert.Equal(2, back.Threshold);
        string[] wrong =
        [
            "", "[]", "{}", "null", """{"threshold":1,"keys":[]}""",
            World.Roots.ToJson().Replace("\"threshold\":2", "\"threshold\":4", StringComparison.Ordinal),
            World.Roots.ToJson().Replace("\"threshold\":2", "\"threshold\":0", StringComparison.Ordinal),
            World.Roots.ToJson().Replace("P-256", "P-384", StringComparison.Ordinal),
            World.Roots.ToJson().Replace("P-256", "\\ud800", StringComparison.Ordinal),
            World.Roots.ToJson().Replace("\"x\":\"", "\"x\":\"AA", StringComparison.Ordinal),
        ];
        Assert.All(wrong, json => Assert.False(TrustRoots.TryParseJson(json, out _)));
    }

    private static PreparedCredential Prepare(CredentialClaims claims) => CredentialIssuer.Prepare(claims, Person.KeyId, Person.Algorithm);

    private static void Refuses(CredentialClaims claims) => Assert.Throws<ArgumentException>(() => Prepare(claims));

    private sealed class DerSigner : ISigner
    {
        public KeyId KeyId { get; init; } = Person.KeyId;

        public CoseAlgorithm Algorithm => Person.Algorithm;

        public ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> toBeSigned, CancellationToken cancellationToken) => ValueTask.FromResult(new byte[71]);
    }

    /// <summary>A signer over a network.</summary>
    private sealed class SlowSigner(TestKey key) : ISigner
    {
        public KeyId KeyId => key.KeyId;

        public CoseAlgorithm Algorithm => key.Algorithm;

        public async ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> toBeSigned, CancellationToken cancellationToken)
        {
            await Task.Delay(5, cancellationToken).ConfigureAwait(false);
            return await key.SignAsync(toBeSigned, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Counts who wants to go on in it.</summary>
    private sealed class Caller : SynchronizationContext
    {
        private int asked;

        public int Asked => asked;

        public override void Post(SendOrPostCallback d, object? state)
        {
            Interlocked.Increment(ref asked);
            base.Post(d, state);
        }

        public async Task AskAsync(Func<Task> begin)
        {
            var before = Current;
            SetSynchronizationContext(this);
            var task = begin();
            SetSynchronizationContext(before);
            await task;
        }
    }
}
