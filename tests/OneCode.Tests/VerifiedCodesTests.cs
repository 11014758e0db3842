using System.Buffers.Binary;
using OneCode.Cli.Vectors;

namespace OneCode.Tests;

/// <summary>The memory of static codes: what it may spare (a signature), what it may not (anything else), and what an attacker can do with it (nothing).</summary>
public sealed class VerifiedCodesTests
{
    [Fact]
    public void A_static_code_seen_again_is_not_examined_again()
    {
        var trust = Holding.Trust().Trust!;
        var (remembering, forgetting) = (new CredentialVerifier(), new CredentialVerifier(remembered: 0));
        var text = new ACode().Text();
        Assert.Same(Examine(remembering, text, trust), Examine(remembering, text, trust));
        Assert.NotSame(Examine(forgetting, text, trust), Examine(forgetting, text, trust));

        // Screen and print texts carry the same bytes.
        Assert.Same(Examine(remembering, text, trust), Examine(remembering, CodeText.EncodePrint(CodeText.Decode(text)!, "c.example.cn"), trust));
    }

    [Fact]
    public void Its_time_is_judged_at_each_scan()
    {
        var verifier = Holding.Everything();
        var text = new ACode { Claims = ACode.PaperPerson with { ExpiresAt = World.Now.AddMinutes(1) } }.Text();
        Assert.IsType<Verdict.Passed>(verifier.Verify(text, World.Now));
        Fails(Rejection.Expired, verifier.Verify(text, World.Now.AddMinutes(1)));
        Assert.IsType<Verdict.Passed>(verifier.Verify(text, World.Now));
    }

    [Theory]
    [InlineData(StatusValue.Invalid, Rejection.Revoked)]
    [InlineData(StatusValue.Suspended, Rejection.Suspended)]
    public void Its_status_is_judged_at_each_scan(StatusValue value, Rejection reason)
    {
        var verifier = Holding.Everything();
        var text = new ACode().Text();
        Assert.IsType<Verdict.Passed>(verifier.Verify(text, World.Now));
        var newer = World.StatusContent("pm27110") with { IssuedAt = World.Now.AddMinutes(-1) };
        newer.List.Set(World.CleanIndex, value);
        Assert.Null(verifier.TakeStatusList(World.SignStatus(newer)));
        Fails(reason, verifier.Verify(text, World.Now));
    }

    [Fact]
    public void A_killed_key_takes_its_remembered_codes_along()
    {
        var verifier = Holding.Everything();
        var text = new ACode().Text();
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
    public void What_one_trust_list_vouched_for_is_nothing_to_another_or_to_none()
    {
        // One memory shared by verifiers of two provinces, as a process that serves both has it.
        var shared = new CredentialVerifier();
        var text = new ACode().Text();
        Assert.IsType<Verdict.Passed>(Holding.Everything(shared).Verify(text, World.Now));
        var elsewhere = new OfflineVerifier(World.Roots, shared);
        Assert.Equal(Doubt.TrustMissing, Assert.IsType<Verdict.Indeterminate>(elsewhere.Verify(text, World.Now)).Missing);
        Assert.Null(elsewhere.TakeTrustList(World.SignTrust(World.TrustContent with { Keys = [.. World.TrustContent.Keys.Skip(1)] })));
        Assert.Equal(Doubt.KeyNotInTrustList, Assert.IsType<Verdict.Indeterminate>(elsewhere.Verify(text, World.Now)).Missing);
        Assert.IsType<Verdict.Passed>(Holding.Everything(shared).Verify(text, World.Now));
    }

    [Fact]
    public void No_bit_of_a_remembered_code_can_be_changed()
    {
        var (remembering, forgetting) = (Holding.Everything(), Holding.Everything(new CredentialVerifier(remembered: 0)));
        var bytes = new ACode().Bytes();
        for (var bit = 0; bit < 8 * bytes.Length; bit++)
        {
            Assert.IsType<Verdict.Passed>(remembering.Verify(CodeText.Encode(bytes), World.Now));
            byte[] forged = [.. bytes];
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            var verdict = remembering.Verify(CodeText.Encode(forged), World.Now);
            Assert.IsNotType<Verdict.Passed>(verdict);
            Assert.Equal(forgetting.Verify(CodeText.Encode(forged), World.Now), verdict);
        }

        // Longer and shorter ones that begin or end alike.
        byte[][] others = [[.. bytes, 0], [0, .. bytes], bytes[1..], bytes[..^1], bytes[^4..], bytes[..4]];
        Assert.All(others, other => Fails(Rejection.Malformed, remembering.Verify(CodeText.Encode(other), World.Now)));
    }

    [Fact]
    public void Codes_that_fall_into_one_place_keep_their_own_answers()
    {
        var trust = Holding.Trust().Trust!;
        var credential = Examine(new CredentialVerifier(), new ACode().Text(), trust);
        var memory = new VerifiedCodes(4);
        byte[][] codes = [.. Enumerable.Range(1, 3).Select(i => (byte[])[(byte)i, .. new byte[200]])];
        Credential[] own = [.. codes.Select(_ => credential with { })];
        for (var i = 0; i < codes.Length; i++)
        {
            memory.Keep(codes[i], trust, own[i]);
        }

        for (var i = 0; i < codes.Length; i++)
        {
            Assert.Same(own[i], memory.Find(codes[i], trust));
        }

        Assert.Null(memory.Find([9, .. new byte[200]], trust));
    }

    [Fact]
    public void It_holds_no_more_than_it_was_told_()
    {
        var trust = Holding.Trust().Trust!;
        var credential = Examine(new CredentialVerifier(), new ACode().Text(), trust);
        var memory = new VerifiedCodes(capacity: 30);
        byte[][] codes = [.. Enumerable.Range(0, 10_000).Select(Numbered)];
        Assert.All(codes, code => memory.Keep(code, trust, credential));
        Assert.InRange(codes.Count(code => memory.Find(code, trust) is not null), 1, 32);
        Assert.NotNull(memory.Find(codes[^1], trust));

        var none = new VerifiedCodes(capacity: 0);
        none.Keep(codes[0], trust, credential);
        Assert.Null(none.Find(codes[0], trust));
    }

    [Theory]
    [InlineData(1, 4)]
    [InlineData(4, 4)]
    [InlineData(5, 8)]
    [InlineData(8, 8)]
    public void It_has_room_for_whole_sets_of_four_and_the_newest_push_the_oldest_out(int capacity, int room)
    {
        var trust = Holding.Trust().Trust!;
        var credential = Examine(new CredentialVerifier(), new ACode().Text(), trust);
        var memory = new VerifiedCodes(capacity);
        byte[][] codes = [.. Enumerable.Range(0, room + 1).Select(Numbered)];
        Assert.All(codes[..room], code => memory.Keep(code, trust, credential));
        Assert.All(codes[..room], code => Assert.NotNull(memory.Find(code, trust)));
        memory.Keep(codes[room], trust, credential);
        Assert.Equal(codes[1..], codes.Where(code => memory.Find(code, trust) is not null));
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(1024, true)]
    [InlineData(1025, false)]
    [InlineData(3, false)]
    public void A_code_of_4_to_1024_bytes_is_kept(int length, bool isKept)
    {
        var trust = Holding.Trust().Trust!;
        var memory = new VerifiedCodes(4);
        memory.Keep(new byte[length], trust, Examine(new CredentialVerifier(), new ACode().Text(), trust));
        Assert.Equal(isKept, memory.Find(new byte[length], trust) is not null);
    }

    [Fact]
    public void A_phone_is_never_remembered_whole()
    {
        var trust = Holding.Trust().Trust!;
        var verifier = new CredentialVerifier();
        var text = ACode.Phone.Text();
        Assert.NotSame(Examine(verifier, text, trust), Examine(verifier, text, trust));
    }

    [Fact]
    public void Threads_that_push_each_other_out_never_get_anothers_words()
    {
        // More codes than room, so that reading, keeping and losing go on all the time.
        var trust = Holding.Trust().Trust!;
        var verifier = new CredentialVerifier(remembered: 8);
        var codes = Enumerable.Range(0, 24).Select(i => (Index: 100 + i, Text: new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", 100 + i) } }.Text())).ToList();
        Parallel.For(0, 20_000, i =>
        {
            var (index, text) = codes[i * 7 % codes.Count];
            Assert.Equal(index, Examine(verifier, text, trust).Claims.Status.Index);
        });
    }

    [Fact]
    public void A_verdict_costs_less_than_a_kilobyte_and_a_remembered_one_next_to_nothing()
    {
        var (first, again) = (Holding.Everything(new CredentialVerifier(remembered: 0)), Holding.Everything());
        var text = new ACode().Text();
        Assert.InRange(AllocatedBy(() => first.Verify(text, World.Now)), 0, 1023);
        Assert.InRange(AllocatedBy(() => again.Verify(text, World.Now)), 0, 255);
    }

    [Fact]
    public void Many_at_once_are_judged_as_one_by_one_and_in_their_order()
    {
        var (verifier, alone) = (Holding.Everything(), Holding.Everything(new CredentialVerifier(remembered: 0)));
        List<string> texts = [new ACode().Text(), "nonsense", null!, ACode.Phone.Text(), new ACode { Key = "stranger", NamedKey = "person" }.Text()];
        texts.AddRange(Enumerable.Range(0, 200).Select(i => new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", 100 + i) } }.Text()));
        var verdicts = verifier.VerifyAll(texts, World.Now, TestContext.Current.CancellationToken);
        Assert.Equal(texts.Select(text => alone.Verify(text, World.Now)), verdicts);
        Assert.Empty(verifier.VerifyAll([], World.Now, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Many_at_once_can_be_stopped_on_the_way()
    {
        using var stop = new CancellationTokenSource();
        var texts = new StoppingTexts(stop, after: 50);
        Assert.ThrowsAny<OperationCanceledException>(() => Holding.Everything().VerifyAll(texts, World.Now, stop.Token));
        Assert.InRange(texts.Asked, 50, texts.Count - 1);
    }

    private static byte[] Numbered(int number)
    {
        var code = new byte[40];
        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(36), number);
        return code;
    }

    private static Credential Examine(CredentialVerifier verifier, string text, TrustList trust)
    {
        Assert.True(verifier.TryExamine(text, trust, out var credential, out _));
        return credential;
    }

    private static long AllocatedBy(Func<Verdict> judge)
    {
        for (var i = 0; i < 100; i++)
        {
            Assert.IsType<Verdict.Passed>(judge());
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        _ = judge();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static void Fails(Rejection reason, Verdict verdict) => Assert.Equal(reason, Assert.IsType<Verdict.Failed>(verdict).Reason);

    /// <summary>Pulls the plug when it has been asked for so many.</summary>
    private sealed class StoppingTexts(CancellationTokenSource stop, int after) : IReadOnlyList<string>
    {
        private int asked;

        public int Asked => asked;

        public int Count => 1_000_000;

        public string this[int index]
        {
            get
            {
                if (Interlocked.Increment(ref asked) == after)
                {
                    stop.Cancel();
                }

                return "OC1:";
            }
        }

        public IEnumerator<string> GetEnumerator() => throw new NotSupportedException();

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
