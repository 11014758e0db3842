using System.Text.Json;
using Identity.Server.Accounts;
using Identity.Server.Credentials;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>Withdrawing: at once, for good, only one's own, and saying it twice is no mistake.</summary>
public sealed class WithdrawTests(CodesProvince province) : IClassFixture<CodesProvince>
{
    [Fact]
    public async Task A_withdrawn_phone_code_fails_within_two_seconds_and_is_not_renewed()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (_, answer, keys) = await wallet.EnrolAsync(count: 3);
        var credential = answer.GetProperty("credentials")[0];
        Assert.Equal("passed", (await province.VerifyAsync(await Wallet.ShowAsync(credential, keys[0]))).GetProperty("verdict").GetString());
        var id = credential.GetProperty("id").GetGuid();
        Assert.Equal("revoked", (await wallet.PostAsync($"/api/credentials/{id}/revoke")).Answer.GetProperty("state").GetString());
        await ReasonBecomesAsync("Revoked", () => Wallet.ShowAsync(credential, keys[0]));
        Assert.Equal("credential_revoked", (await wallet.EnrolAsync()).Answer.GetProperty("code").GetString());
        Assert.Equal(200, (await wallet.PostAsync($"/api/credentials/{id}/revoke")).Status);
        Assert.Equal("already_revoked", (await wallet.PostAsync($"/api/credentials/{id}/resume")).Answer.GetProperty("code").GetString());
    }

    [Fact]
    public async Task A_suspended_code_fails_and_passes_again_when_resumed()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var credential = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0];
        var text = credential.GetProperty("text").GetString()!;
        Assert.Equal("suspended", (await wallet.PostAsync($"/api/credentials/{credential.GetProperty("id").GetGuid()}/suspend", new { reason = "lost" })).Answer.GetProperty("state").GetString());
        await ReasonBecomesAsync("Suspended", () => Task.FromResult(text));
        await wallet.PostAsync($"/api/credentials/{credential.GetProperty("id").GetGuid()}/resume");
        await Eventually.TrueAsync(async () => (await province.VerifyAsync(text)).GetProperty("verdict").GetString() == "passed");
    }

    [Fact]
    public async Task A_wallet_without_offline_access_loses_its_codes_with_the_session()
    {
        var someone = await province.AddSomeoneAsync();
        using var wallet = await province.OpenWalletAsync(someone, scope: "openid credentials");
        using var lasting = await province.OpenWalletAsync(someone);
        var (_, answer, keys) = await wallet.EnrolAsync();
        var (_, stays, staysKeys) = await lasting.EnrolAsync();
        var accountId = await province.DatabaseAsync(db => db.Set<Account>().Where(account => account.PersonId == someone.PersonId).Select(account => account.Id).SingleAsync());
        await province.Server.AskAsync<Sessions, bool>(async sessions =>
        {
            await sessions.EndOthersAsync(accountId, kept: "none", CancellationToken.None);
            return true;
        });
        await ReasonBecomesAsync("Revoked", () => Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0]));
        var shown = await Wallet.ShowAsync(stays.GetProperty("credentials")[0], staysKeys[0]);
        Assert.Equal("passed", (await province.VerifyAsync(shown)).GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task Staffs_suspension_is_not_the_holders_to_lift()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var id = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        Assert.Equal("unknown_reason", (await StaffAsync(id, StateChange.Suspend, "because"))!.Code);
        Assert.Null(await StaffAsync(id, StateChange.Suspend, "court_order"));
        Assert.Equal("suspended_by_staff", (await wallet.PostAsync($"/api/credentials/{id}/resume")).Answer.GetProperty("code").GetString());
        Assert.Null(await StaffAsync(id, StateChange.Resume, "court_order"));
    }

    [Fact]
    public async Task Somebody_elses_code_does_not_exist()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        using var stranger = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var paper = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        var phone = (await wallet.EnrolAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        foreach (var id in new[] { paper, phone, Guid.Empty })
        {
            foreach (var change in new[] { "revoke", "suspend", "resume" })
            {
                Assert.Equal(404, (await stranger.PostAsync($"/api/credentials/{id}/{change}")).Status);
            }
        }

        Assert.Equal(404, (await stranger.PostAsync("/api/lost", new { also = new[] { paper } })).Status);
        Assert.Equal(2, (await wallet.ListAsync()).GetProperty("credentials").GetArrayLength());
    }

    [Fact]
    public async Task A_reason_is_one_of_the_list()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var id = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        Assert.Equal((400, "unknown_reason"), Code(await wallet.PostAsync($"/api/credentials/{id}/revoke", new { reason = "risk_colour" })));
    }

    [Fact]
    public async Task Twenty_at_once_withdraw_it_once()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var id = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => wallet.PostAsync($"/api/credentials/{id}/revoke", idempotencyKey: i % 2 == 0 ? "same" : null)));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(1, await province.DatabaseAsync(db => db.Set<Identity.Server.Audit.AuditEntry>().CountAsync(
            e => e.What == "credential.withdrawn" && db.Set<PrintedCredential>().Any(p => p.Id == id && p.SubjectId == e.SubjectId))));
    }

    [Fact]
    public async Task Lost_takes_phones_and_personal_paper_and_leaves_the_shop_window()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync(enterprise: true));
        await wallet.EnrolAsync();
        await wallet.EnrolAsync("enterprise");
        await wallet.PrintAsync();
        var window = (await wallet.PrintAsync("enterprise")).Answer.GetProperty("credentials")[0];
        var (status, lost) = await wallet.PostAsync("/api/lost", new { also = Array.Empty<Guid>() }, "lost-1");
        Assert.Equal((200, 3), (status, lost.GetProperty("withdrawn").GetArrayLength()));
        Assert.Equal(lost.ToString(), (await wallet.PostAsync("/api/lost", new { also = Array.Empty<Guid>() }, "lost-1")).Answer.ToString());
        var left = (await wallet.ListAsync()).GetProperty("credentials");
        Assert.Equal(window.GetProperty("id").GetGuid(), Assert.Single(left.EnumerateArray()).GetProperty("id").GetGuid());
        Assert.Equal(1, (await wallet.PostAsync("/api/lost", new { also = new[] { window.GetProperty("id").GetGuid() } })).Answer.GetProperty("withdrawn").GetArrayLength());
        await ReasonBecomesAsync("Revoked", () => Task.FromResult(window.GetProperty("text").GetString()!));
    }

    [Fact]
    public async Task A_lost_phone_is_signed_out_by_the_report_of_another()
    {
        var someone = await province.AddSomeoneAsync();
        using var phone = await province.OpenWalletAsync(someone);
        await phone.EnrolAsync();
        using var other = await province.OpenWalletAsync(someone);

        Assert.Equal(200, (await other.PostAsync("/api/lost", new { also = Array.Empty<Guid>() })).Status);

        Assert.Equal(401, (await phone.PostAsync("/api/credentials", new { kind = "person", form = "paper" })).Status);
        Assert.Equal(200, (await other.PrintAsync()).Status);
    }

    [Fact]
    public async Task A_phone_that_is_signed_out_carries_nothing()
    {
        var someone = await province.AddSomeoneAsync();
        using var wallet = await province.OpenWalletAsync(someone);
        var (_, answer, keys) = await wallet.EnrolAsync();
        var holding = await province.DatabaseAsync(db => db.Set<Holding>().AsNoTracking().SingleAsync(h => h.PersonId == someone.PersonId));
        Assert.True(await province.Server.AskAsync<EndGrant, bool>(end => end.HandleAsync(holding.AccountId, holding.DeviceId, CancellationToken.None)));
        await ReasonBecomesAsync("Revoked", () => Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0]));
    }

    [Fact]
    public async Task The_page_reports_lost_from_another_browser()
    {
        var someone = await province.AddSomeoneAsync();
        using var wallet = await province.OpenWalletAsync(someone);
        var (_, answer, keys) = await wallet.EnrolAsync();
        using var browser = province.Server.OpenBrowser();
        using var signedIn = await browser.SignInAsync(someone.UserName);
        using var unsure = await browser.SubmitAsync("/account/lost", new Dictionary<string, string>());
        Assert.Equal(200, (int)unsure.StatusCode);
        using var done = await browser.SubmitAsync("/account/lost", new Dictionary<string, string> { ["sure"] = "true" });
        Assert.Equal("/account/codes?done=Lost", done.Headers.Location?.OriginalString);
        await ReasonBecomesAsync("Revoked", () => Wallet.ShowAsync(answer.GetProperty("credentials")[0], keys[0]));
    }

    private Task ReasonBecomesAsync(string reason, Func<Task<string>> show) => Eventually.TrueAsync(async () =>
        (await province.VerifyAsync(await show())) is var verdict && verdict.TryGetProperty("reason", out var said) && said.GetString() == reason);

    private Task<Refusal?> StaffAsync(Guid id, StateChange change, string reason) =>
        province.Server.AskAsync<WithdrawForStaff, Refusal?>(withdraw => withdraw.HandleAsync(id, change, reason, "account:test", CancellationToken.None));

    private static (int, string?) Code((int Status, JsonElement Answer) answer) => (answer.Status, answer.Answer.GetProperty("code").GetString());
}
