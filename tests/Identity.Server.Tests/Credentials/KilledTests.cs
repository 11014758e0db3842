using Identity.Server.Audit;
using Identity.Server.Credentials;
using Identity.Server.Status;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using OneCode;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>A process that is killed between a printed code's intent and its signature, and the one that starts after it.</summary>
public sealed class KilledTests(PostgresServer postgres)
{
    [Fact]
    public Task On_SQLite_the_intent_is_there_and_no_code_is() => KilledBetweenIntentAndSignatureAsync([]);

    [Fact]
    public async Task On_PostgreSQL_the_intent_is_there_and_no_code_is() => await KilledBetweenIntentAndSignatureAsync(new()
    {
        ["Storage:Provider"] = "Postgres",
        ["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync(),
    });

    private static async Task KilledBetweenIntentAndSignatureAsync(Dictionary<string, string?> settings)
    {
        await using var province = new CodesProvince(settings);
        await province.InitializeAsync();
        var someone = await province.AddSomeoneAsync();
        using var wallet = await province.OpenWalletAsync(someone);
        await province.Server.StopAsync();

        await using (var child = await ChildServer.StartAsync(province.Server))
        {
            var answer = wallet.PrintAsync(idempotencyKey: "killed");
            await child.HeldAsync();
            await child.KillAsync();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => answer);
            Assert.DoesNotContain("OC1:", child.Output(), StringComparison.Ordinal);
        }

        await province.Server.InitializeAsync();
        var orphan = await province.DatabaseAsync(db => db.Set<PrintedCredential>().AsNoTracking().SingleAsync());
        Assert.Equal(CredentialState.Prepared, orphan.State);
        Assert.Equal(0, await province.DatabaseAsync(db => db.Set<StoredAnswer>().CountAsync()));
        Assert.Equal((1, 0), (await AuditedAsync(CredentialEvents.PrintPrepared), await AuditedAsync(CredentialEvents.PrintIssued)));
        Assert.Empty((await wallet.ListAsync()).GetProperty("credentials").EnumerateArray());

        // Who sends the form again gets a code, once, and under an index of its own: nobody knows what became of the first.
        var (status, printed) = await wallet.PrintAsync(idempotencyKey: "killed");
        Assert.True(status == 200, printed.ToString());
        Assert.Equal(printed.ToString(), (await wallet.PrintAsync(idempotencyKey: "killed")).Answer.ToString());
        var credential = printed.GetProperty("credentials")[0];
        var rows = await province.DatabaseAsync(db => db.Set<PrintedCredential>().AsNoTracking().ToListAsync());
        var issued = Assert.Single(rows, row => row.Id != orphan.Id);
        Assert.Equal((CredentialState.InForce, credential.GetProperty("id").GetGuid()), (issued.State, issued.Id));
        Assert.NotEqual(orphan.Status, issued.Status);

        // Staff find the orphan and withdraw it, and it alone.
        var found = await province.Server.AskAsync<FindForStaff, IReadOnlyList<FoundCredential>?>(find =>
            find.HandleAsync(CredentialKind.Person, someone.Number, "account:test", CancellationToken.None));
        Assert.Equal(orphan.Id, Assert.Single(found!, f => f.State == CredentialState.Prepared).Id);
        Assert.Null(await province.Server.AskAsync<WithdrawForStaff, Refusal?>(withdraw =>
            withdraw.HandleAsync(orphan.Id, StateChange.Revoke, "issued_in_error", "account:test", CancellationToken.None)));
        await Eventually.TrueAsync(async () => (await province.Server.AskAsync<StatusRegister, StatusAnswer>(
            register => register.ReadAsync(orphan.Status).AsTask())).Value == StatusValue.Invalid);
        Assert.Equal("passed", (await province.VerifyAsync(credential.GetProperty("text").GetString()!)).GetProperty("verdict").GetString());

        Task<int> AuditedAsync(AuditEvent what) => province.DatabaseAsync(db => db.Set<AuditEntry>().CountAsync(e => e.What == what.Name));
    }
}
