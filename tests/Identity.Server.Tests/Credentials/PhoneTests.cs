using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Identity.Server.Credentials;
using Microsoft.EntityFrameworkCore;
using OneCode;
using OneCode.Sm;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>Codes on phones: enrolled once, renewed without a trace, refused when anything is wrong with the proof.</summary>
public sealed class PhoneTests(CodesProvince province) : IClassFixture<CodesProvince>
{
    [Theory]
    [InlineData("person")]
    [InlineData("enterprise")]
    [InlineData("vehicle")]
    public async Task A_phone_gets_its_code_shows_it_and_passes(string kind)
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync(enterprise: true, vehicle: true));
        var (status, answer, keys) = await wallet.EnrolAsync(kind);
        Assert.True(status == 200, answer.ToString());
        var credential = answer.GetProperty("credentials")[0];
        var verdict = await province.VerifyAsync(await Wallet.ShowAsync(credential, keys[0]));
        Assert.Equal(("passed", kind, "phone"), (verdict.GetProperty("verdict").GetString(), verdict.GetProperty("kind").GetString(), verdict.GetProperty("form").GetString()));
        Assert.False(verdict.GetProperty("claims").TryGetProperty("lastFour", out _));
        var bare = await province.VerifyAsync(credential.GetProperty("text").GetString()!);
        Assert.Equal("HolderProofMissing", bare.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task An_enterprise_with_a_name_beyond_measure_still_gets_a_code_that_scans()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync(enterprise: true, enterpriseName: new string('晨', 200)));
        var (status, answer, keys) = await wallet.EnrolAsync("enterprise");
        Assert.True(status == 200, answer.ToString());
        var shown = await Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0]);
        Assert.InRange(shown.Length, 483, 600);
        Assert.Equal(new string('晨', 23) + "…", (await province.VerifyAsync(shown)).GetProperty("claims").GetProperty("name").GetString());
    }

    [Fact]
    public async Task Eight_keys_get_a_chain_of_codes_under_one_id()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (_, answer, _) = await wallet.EnrolAsync(count: 8);
        var credentials = answer.GetProperty("credentials").EnumerateArray().ToArray();
        Assert.Equal(8, credentials.Length);
        Assert.Single(credentials.Select(c => c.GetProperty("id").GetGuid()).Distinct());
        for (var i = 0; i < 8; i++)
        {
            Assert.Equal(TimeSpan.FromHours(24), credentials[i].GetProperty("expiresAt").GetDateTimeOffset() - credentials[i].GetProperty("validFrom").GetDateTimeOffset());
            if (i > 0)
            {
                Assert.Equal(credentials[i - 1].GetProperty("expiresAt").GetDateTimeOffset(), credentials[i].GetProperty("validFrom").GetDateTimeOffset());
            }
        }
    }

    [Fact]
    public async Task Renewing_writes_no_row_and_keeps_the_id()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync(vehicle: true));
        foreach (var kind in new[] { "person", "vehicle" })
        {
            var (_, first, _) = await wallet.EnrolAsync(kind);
            var before = await RowsAsync();
            var (_, again, _) = await wallet.EnrolAsync(kind);
            Assert.Equal(before, await RowsAsync());
            Assert.Equal(first.GetProperty("credentials")[0].GetProperty("id").GetGuid(), again.GetProperty("credentials")[0].GetProperty("id").GetGuid());
        }

        // What there are in all, so a row anywhere would show.
        Task<int> RowsAsync() => province.DatabaseAsync(async db =>
            await db.Set<Holding>().CountAsync() + await db.Set<PrintedCredential>().CountAsync() + await db.Set<Identity.Server.Audit.AuditEntry>().CountAsync()
            + await db.Set<StoredAnswer>().CountAsync());
    }

    [Fact]
    public async Task A_phone_whose_hardware_has_SM2_gets_its_code_and_shows_it()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        using var device = new Sm2Signer(Sm2PrivateKey.Generate());
        var (status, answer, _) = await wallet.EnrolAsync(proofs: await Sm2ProofAsync(wallet, device, device));
        Assert.True(status == 200, answer.ToString());
        var shown = await Presentation.SignAsync(
            CodeText.Decode(answer.GetProperty("credentials")[0].GetProperty("text").GetString()), TimeProvider.System.GetUtcNow(), device, TestContext.Current.CancellationToken);
        Assert.Equal("passed", (await province.VerifyAsync(shown)).GetProperty("verdict").GetString());

        using var thief = new Sm2Signer(Sm2PrivateKey.Generate());
        var (refused, why, _) = await wallet.EnrolAsync(proofs: await Sm2ProofAsync(wallet, device, thief));
        Assert.Equal((400, "invalid_proof"), (refused, why.GetProperty("code").GetString()));
    }

    private static async Task<string> Sm2ProofAsync(Wallet wallet, Sm2Signer named, Sm2Signer signing)
    {
        var proof = await wallet.ProofAsync();
        var jwk = new { kty = "EC", crv = "SM2", x = Base64Url.EncodeToString(named.PublicKey.X), y = Base64Url.EncodeToString(named.PublicKey.Y) };
        var claims = new { aud = proof.Audience, nonce = proof.Nonce, iat = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() };
        var signed = Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(new { typ = proof.Type, alg = "SM2", jwk })) + "." + Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(claims));
        return signed + "." + Base64Url.EncodeToString(await signing.SignAsync(Encoding.ASCII.GetBytes(signed), TestContext.Current.CancellationToken));
    }

    [Fact]
    public Task A_proof_of_another_type_is_refused() => RefusesAsync("invalid_proof", proof => proof with { Type = "JWT" });

    [Fact]
    public Task A_proof_under_another_algorithm_is_refused() => RefusesAsync("invalid_proof", proof => proof with { Algorithm = "none" });

    [Fact]
    public Task A_proof_for_another_issuer_is_refused() => RefusesAsync("invalid_proof", proof => proof with { Audience = "https://elsewhere.example" });

    [Fact]
    public Task A_proof_for_nobody_is_refused() => RefusesAsync("invalid_proof", proof => proof with { Audience = null });

    [Fact]
    public Task A_proof_of_yesterday_is_refused() => RefusesAsync("invalid_proof", proof => proof with { Age = TimeSpan.FromDays(1) });

    [Fact]
    public Task A_proof_of_tomorrow_is_refused() => RefusesAsync("invalid_proof", proof => proof with { Age = TimeSpan.FromDays(-1) });

    [Fact]
    public Task A_proof_that_another_key_signed_is_refused() =>
        RefusesAsync("invalid_proof", proof => proof with { SignedBy = ECDsa.Create(ECCurve.NamedCurves.nistP256) });

    [Fact]
    public Task A_proof_that_sends_the_private_key_along_is_refused() => RefusesAsync("invalid_proof", proof => proof with { WithPrivateKey = true });

    [Fact]
    public Task A_proof_that_names_its_key_twice_is_refused() => RefusesAsync("invalid_proof", proof => proof with { WithKeyId = true });

    [Fact]
    public Task A_proof_without_a_nonce_is_refused() => RefusesAsync("invalid_nonce", proof => proof with { Nonce = null });

    [Fact]
    public Task A_nonce_of_ones_own_making_is_refused() => RefusesAsync("invalid_nonce", proof => proof with { Nonce = new string('A', 43) });

    [Fact]
    public async Task Garbage_for_a_proof_is_refused()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        foreach (var garbage in new[] { "", ".", "..", "a.b.c", "e30.e30.", "bnVsbA.bnVsbA.AAAA", "W10.W10.AAAA", new string('x', 5000), "e30.e30.é", "eyJ0eXAiOiJcdWQ4MDAifQ.e30.AAAA" })
        {
            var (status, answer, _) = await wallet.EnrolAsync(proofs: garbage);
            Assert.Equal((400, "invalid_proof"), (status, answer.GetProperty("code").GetString()));
        }
    }

    [Fact]
    public async Task A_key_named_twice_in_one_request_is_refused()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var proof = (await wallet.ProofAsync()).ToString();
        var (status, answer, _) = await wallet.EnrolAsync(proofs: [proof, proof]);
        Assert.Equal((400, "invalid_proof"), (status, answer.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task No_proof_and_nine_proofs_are_refused()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        Assert.Equal("invalid_proof", (await wallet.EnrolAsync(count: 9)).Answer.GetProperty("code").GetString());
        Assert.Equal("invalid_proof", (await wallet.PostAsync("/api/credentials", new { kind = "person", form = "phone" })).Answer.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{"kind":"dog","form":"phone"}""")]
    [InlineData("""{"kind":"person"}""")]
    [InlineData("""{"kind":"person","form":"stone"}""")]
    [InlineData("""{"kind":"person","form":"paper","proofs":{"jwt":["x"]}}""")]
    public async Task A_request_outside_the_words_is_refused(string body)
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (status, answer) = await wallet.PostAsync("/api/credentials", JsonSerializer.Deserialize<JsonElement>(body));
        Assert.Equal((400, "invalid_credential_request"), (status, answer.GetProperty("error").GetString()));
    }

    [Fact]
    public async Task Several_enterprises_have_to_be_named_and_a_strangers_cannot_be()
    {
        var someone = await province.AddSomeoneAsync(enterprise: true);
        var other = await province.AddSomeoneAsync(enterprise: true);
        province.Registers.Enterprises = province.Registers.Enterprises.Select(e => e.Uscc == other.Uscc ? e with { LegalRepresentative = someone.Number } : e).ToList() is var all
            ? [.. all] : [];
        using var wallet = await province.OpenWalletAsync(someone);
        var subjects = (await wallet.SubjectsAsync()).EnumerateArray().ToArray();
        Assert.Equal(3, subjects.Length);
        Assert.Equal("subject_required", (await wallet.EnrolAsync("enterprise")).Answer.GetProperty("code").GetString());
        Assert.Equal(200, (await wallet.EnrolAsync("enterprise", subjects[^1].GetProperty("id").GetString())).Status);

        using var stranger = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (status, answer, _) = await stranger.EnrolAsync("enterprise", subjects[^1].GetProperty("id").GetString());
        Assert.Equal((403, "may_not_hold"), (status, answer.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_subject_has_another_id_for_every_client()
    {
        var someone = await province.AddSomeoneAsync(enterprise: true);
        using var wallet = await province.OpenWalletAsync(someone);
        using var native = await province.OpenWalletAsync(someone, "native-test");
        var ours = (await wallet.SubjectsAsync()).EnumerateArray().Select(s => s.GetProperty("id").GetString()).ToArray();
        var theirs = (await native.SubjectsAsync()).EnumerateArray().Select(s => s.GetProperty("id").GetString()).ToArray();
        Assert.Equal(2, ours.Length);
        Assert.Empty(ours.Intersect(theirs));
        Assert.Equal(ours, (await wallet.SubjectsAsync()).EnumerateArray().Select(s => s.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Who_no_longer_represents_an_enterprise_renews_nothing()
    {
        var someone = await province.AddSomeoneAsync(enterprise: true);
        using var wallet = await province.OpenWalletAsync(someone);
        Assert.Equal(200, (await wallet.EnrolAsync("enterprise")).Status);
        province.Registers.Enterprises = province.Registers.Enterprises.RemoveAll(e => e.Uscc == someone.Uscc);
        Assert.Equal("may_not_hold", (await wallet.EnrolAsync("enterprise")).Answer.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Level_one_gets_no_code()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync(evidence: EvidenceMethodOfLevelOne));
        var (status, answer, _) = await wallet.EnrolAsync();
        Assert.Equal((403, "level_too_low"), (status, answer.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_sixth_phone_is_refused_until_one_is_withdrawn()
    {
        var someone = await province.AddSomeoneAsync();
        var ids = new List<Guid>();
        for (var i = 0; i < 5; i++)
        {
            using var phone = await province.OpenWalletAsync(someone);
            ids.Add((await phone.EnrolAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid());
        }

        using var sixth = await province.OpenWalletAsync(someone);
        Assert.Equal("too_many_devices", (await sixth.EnrolAsync()).Answer.GetProperty("code").GetString());
        Assert.Equal(200, (await sixth.PostAsync($"/api/credentials/{ids[0]}/revoke")).Status);
        Assert.Equal(200, (await sixth.EnrolAsync()).Status);
    }

    [Fact]
    public async Task Without_a_token_nothing_is_told()
    {
        using var http = new HttpClient { BaseAddress = province.Server.Login };
        foreach (var path in new[] { "/api/subjects", "/api/credentials" })
        {
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
            Assert.Equal(401, (int)answer.StatusCode);
        }
    }

    // A face without the register's word proves nobody; this is the weakest thing that is still evidence.
    private const Identity.Server.Subjects.EvidenceMethod EvidenceMethodOfLevelOne = Identity.Server.Subjects.EvidenceMethod.RegisterMatch;

    private async Task RefusesAsync(string code, Func<AProof, AProof> damage)
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var good = await wallet.ProofAsync();
        var (status, answer, _) = await wallet.EnrolAsync(proofs: damage(good).ToString());
        Assert.Equal((400, code, code), (status, answer.GetProperty("code").GetString(), answer.GetProperty("error").GetString()));
        Assert.Equal(200, (await wallet.EnrolAsync(proofs: good.ToString())).Status);
    }
}
