using System.Text.RegularExpressions;
using Identity.Server.Credentials;
using Identity.Server.Trust;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>Printed codes: intent before signature, each shown once, found by staff whatever happened.</summary>
public sealed class PaperTests(CodesProvince province) : IClassFixture<CodesProvince>
{
    [Fact]
    public async Task A_persons_card_shows_the_last_four_and_a_low_level_and_lives_a_year_at_most()
    {
        var someone = await province.AddSomeoneAsync();
        using var wallet = await province.OpenWalletAsync(someone);
        var (status, answer) = await wallet.PrintAsync();
        Assert.True(status == 200, answer.ToString());
        var credential = answer.GetProperty("credentials")[0];
        Assert.True(credential.GetProperty("expiresAt").GetDateTimeOffset() <= TimeProvider.System.GetUtcNow().AddDays(366));
        var verdict = await province.VerifyAsync(credential.GetProperty("text").GetString()!);
        Assert.Equal("passed", verdict.GetProperty("verdict").GetString());
        var claims = verdict.GetProperty("claims");
        Assert.Equal(("张*敏", someone.Number[^4..], 2), (claims.GetProperty("name").GetString(), claims.GetProperty("lastFour").GetString(), claims.GetProperty("level").GetInt32()));
    }

    [Fact]
    public async Task A_sticker_ends_with_the_inspection_and_a_shop_window_within_five_years()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync(enterprise: true, vehicle: true));
        var sticker = (await wallet.PrintAsync("vehicle")).Answer.GetProperty("credentials")[0].GetProperty("expiresAt").GetDateTimeOffset();
        Assert.Equal(new DateTimeOffset(TimeProvider.System.GetUtcNow().Year + 2, 1, 1, 0, 0, 0, TimeSpan.FromHours(8)), sticker);
        var window = (await wallet.PrintAsync("enterprise")).Answer.GetProperty("credentials")[0].GetProperty("expiresAt").GetDateTimeOffset();
        Assert.InRange(window, TimeProvider.System.GetUtcNow().AddYears(4), TimeProvider.System.GetUtcNow().AddYears(5));
    }

    [Fact]
    public async Task The_same_idempotency_key_prints_once_and_answers_the_same()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var first = await wallet.PrintAsync(idempotencyKey: "print-1");
        var again = await wallet.PrintAsync(idempotencyKey: "print-1");
        Assert.Equal(first.Answer.ToString(), again.Answer.ToString());
        Assert.Single((await wallet.ListAsync()).GetProperty("credentials").EnumerateArray());
        var other = await wallet.PrintAsync("vehicle", idempotencyKey: "print-1");
        Assert.Equal((422, "idempotency_key_reused"), (other.Status, other.Answer.GetProperty("code").GetString()));
    }

    [Fact]
    public async Task An_answer_whose_day_is_over_is_forgotten_and_its_key_is_new_again()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var first = await wallet.PrintAsync(idempotencyKey: "old");
        await AgeAsync();
        var again = await wallet.PrintAsync(idempotencyKey: "old");
        Assert.Equal((200, 200), (first.Status, again.Status));
        Assert.NotEqual(first.Answer.ToString(), again.Answer.ToString());
        await AgeAsync();
        Assert.True(await province.Server.AskAsync<ForgetAnswers, int>(forget => forget.ForgetAsync(TestContext.Current.CancellationToken)) > 0);
        Assert.Equal(0, await province.DatabaseAsync(db => db.Set<StoredAnswer>().CountAsync()));

        Task AgeAsync() => province.DatabaseAsync(db => db.Set<StoredAnswer>()
            .ExecuteUpdateAsync(set => set.SetProperty(answer => answer.At, TimeProvider.System.GetUtcNow().AddDays(-2))));
    }

    [Fact]
    public async Task Ten_requests_that_hear_of_a_new_enterprise_at_once_all_get_it()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync(enterprise: true, vehicle: true));
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => wallet.SubjectsAsync()));
        Assert.All(answers, answer => Assert.Equal(3, answer.GetArrayLength()));
    }

    [Fact]
    public async Task Ten_parallel_prints_under_one_key_give_one_code()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => wallet.PrintAsync(idempotencyKey: "parallel")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Single(answers.Select(answer => answer.Answer.GetProperty("credentials")[0].GetProperty("text").GetString()).Distinct());
        Assert.Single((await wallet.ListAsync()).GetProperty("credentials").EnumerateArray());
    }

    [Fact]
    public async Task No_text_is_in_the_database()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (_, answer) = await wallet.PrintAsync(idempotencyKey: "secret-key-1");
        var text = answer.GetProperty("credentials")[0].GetProperty("text").GetString()!;
        await using var copy = new MemoryStream();
        foreach (var file in Directory.EnumerateFiles(province.Server.Directory, "identity.db*"))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            await stream.CopyToAsync(copy, TestContext.Current.CancellationToken);
        }

        var database = copy.ToArray().AsSpan();
        Assert.Equal(-1, database.IndexOf(System.Text.Encoding.ASCII.GetBytes(text)));
        Assert.Equal(-1, database.IndexOf(CodeText.Decode(text).AsSpan()[..40]));
    }

    [Fact]
    public async Task A_crash_between_intent_and_signature_leaves_an_orphan_that_can_be_withdrawn_and_was_never_handed_out()
    {
        await using var own = new CodesProvince();
        await own.InitializeAsync();
        var someone = await own.AddSomeoneAsync();
        using var wallet = await own.OpenWalletAsync(someone);

        // The key breaks when it is asked to sign, after everything before it went well.
        foreach (var key in own.Server.App.Services.GetRequiredService<KeyFolder>().KeysOf(KeyPurpose.Person))
        {
            key.Dispose();
        }

        var (status, answer) = await wallet.PrintAsync();
        Assert.Equal(500, status);
        Assert.DoesNotContain("OC1:", answer.ToString(), StringComparison.Ordinal);
        Assert.Empty((await wallet.ListAsync()).GetProperty("credentials").EnumerateArray());

        var orphan = await own.DatabaseAsync(db => db.Set<PrintedCredential>().AsNoTracking().SingleAsync());
        Assert.Equal((CredentialState.Prepared, 32), (orphan.State, orphan.ToBeSignedHash.Length));
        var found = await own.Server.AskAsync<FindForStaff, IReadOnlyList<FoundCredential>?>(find =>
            find.HandleAsync(CredentialKind.Person, someone.Number, "account:test", CancellationToken.None));
        Assert.Equal((orphan.Id, CredentialState.Prepared), (found![0].Id, found[0].State));
        Assert.Null(await own.Server.AskAsync<WithdrawForStaff, Refusal?>(withdraw =>
            withdraw.HandleAsync(orphan.Id, StateChange.Revoke, "issued_in_error", "account:test", CancellationToken.None)));
        await Eventually.TrueAsync(async () => (await own.Server.AskAsync<Identity.Server.Status.StatusRegister, StatusAnswer>(
            register => register.ReadAsync(orphan.Status).AsTask())).Value == StatusValue.Invalid);
    }

    [Fact]
    public async Task What_is_signed_is_what_was_intended()
    {
        using var wallet = await province.OpenWalletAsync(await province.AddSomeoneAsync());
        var (_, answer) = await wallet.PrintAsync();
        var credential = answer.GetProperty("credentials")[0];
        var id = credential.GetProperty("id").GetGuid();
        var row = await province.DatabaseAsync(db => db.Set<PrintedCredential>().AsNoTracking().SingleAsync(p => p.Id == id));
        Assert.Equal(CredentialState.InForce, row.State);
        var trust = province.Server.App.Services.GetRequiredService<TrustListSource>().Current.List;
        Assert.True(new CredentialVerifier().TryExamine(credential.GetProperty("text").GetString(), trust, out var read, out _));
        Assert.Equal(row.Status, read.Claims.Status);
        Assert.Equal(row.ToBeSignedHash, System.Security.Cryptography.SHA256.HashData(
            CredentialIssuer.Prepare(read.Claims, new KeyId(row.KeyId), CoseAlgorithm.Es256).ToBeSigned.Span));
    }

    [Fact]
    public async Task A_person_prints_and_looks_at_the_sheet_without_script()
    {
        using var browser = province.Server.OpenBrowser();
        using var signedIn = await browser.SignInAsync((await province.AddSomeoneAsync(enterprise: true)).UserName);
        using var page = await browser.OpenAsync("/account/codes");
        Assert.Equal(2, page.QuerySelectorAll("#print ~ ul form").Length);
        using var printed = await browser.SendAsync("/account/codes", page, new Dictionary<string, string>(), "#print ~ ul form");
        Assert.Equal(302, (int)printed.StatusCode);
        var sheetAddress = printed.Headers.Location!.OriginalString;
        using var sheet = await browser.OpenAsync(sheetAddress);
        Assert.Contains("张*敏", sheet.QuerySelector(".sheet")!.TextContent, StringComparison.Ordinal);

        // Sending the form twice prints once.
        using var again = await browser.SendAsync("/account/codes", page, new Dictionary<string, string>(), "#print ~ ul form");
        Assert.Equal(sheetAddress, again.Headers.Location!.OriginalString);

        using var svg = await browser.GetAsync(sheet.QuerySelector(".sheet img")!.GetAttribute("src")!);
        Assert.Equal("image/svg+xml", svg.Content.Headers.ContentType!.MediaType);
        Assert.Matches(new Regex("width=\"4[0-9.]+mm\""), await svg.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        using var png = await browser.GetAsync(sheetAddress.Replace("?", "/qr.png?", StringComparison.Ordinal));
        var picture = Path.Combine(province.Server.Directory, "qr.png");
        await File.WriteAllBytesAsync(picture, await png.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        var verdict = await province.VerifyAsync(await Zbar.ReadAsync(picture));
        Assert.Equal("passed", verdict.GetProperty("verdict").GetString());

        // Without the key of that moment there is nothing to see.
        using var gone = await browser.GetAsync(sheetAddress[..sheetAddress.IndexOf('?', StringComparison.Ordinal)]);
        Assert.Equal(404, (int)gone.StatusCode);
        using var stranger = province.Server.OpenBrowser();
        using var other = await stranger.SignInAsync((await province.AddSomeoneAsync()).UserName);
        using var stolen = await stranger.GetAsync(sheetAddress);
        Assert.Equal(404, (int)stolen.StatusCode);
    }
}
