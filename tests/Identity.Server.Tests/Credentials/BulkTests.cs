using System.Text.Json;
using Identity.Server.Audit;
using Identity.Server.Credentials;
using Microsoft.EntityFrameworkCore;
using OneCode;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>Many codes withdrawn at once: the right ones, once each, to the end.</summary>
public sealed class BulkTests(CodesProvince province) : IClassFixture<CodesProvince>
{
    private const string Actor = "account:00000000-0000-0000-0000-000000000001";
    private static readonly BulkChoice Nothing = new(null, null, null, null, null, null);

    [Fact]
    public async Task Everything_of_one_person_goes_and_nothing_of_another()
    {
        var (misused, bystander) = (await province.AddSomeoneAsync(vehicle: true), await province.AddSomeoneAsync());
        using var wallet = await province.OpenWalletAsync(misused);
        using var other = await province.OpenWalletAsync(bystander);
        var texts = new List<string> { Text(await wallet.PrintAsync()), Text(await wallet.PrintAsync()), Text(await wallet.PrintAsync("vehicle")) };
        Assert.Equal(200, (await wallet.EnrolAsync()).Status);
        var kept = Text(await other.PrintAsync());

        var choice = Nothing with { PersonNumber = misused.Number };
        Assert.Equal(4, (await AskAsync(bulk => bulk.CountAsync(choice, CancellationToken.None))).Count);
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        Assert.Null(await AskAsync(bulk => bulk.StartAsync(id, choice, "stolen", Actor, CancellationToken.None)));
        // Sent again, it is the same job.
        Assert.Null(await AskAsync(bulk => bulk.StartAsync(id, choice, "stolen", Actor, CancellationToken.None)));
        var job = await DoneAsync(id);

        Assert.Equal((4, 4, BulkState.Done), (job.Total, job.Withdrawn, job.State));
        foreach (var text in texts)
        {
            await Eventually.TrueAsync(async () => (await province.VerifyAsync(text)) is var verdict && verdict.TryGetProperty("reason", out var reason) && reason.GetString() == "Revoked");
        }

        Assert.Equal("passed", (await province.VerifyAsync(kept)).GetProperty("verdict").GetString());
        Assert.Equal("credential_revoked", (await wallet.EnrolAsync()).Answer.GetProperty("code").GetString());
        Assert.Equal(4, await province.DatabaseAsync(db => db.Set<AuditEntry>().CountAsync(e => e.What == "credential.withdrawn" && e.Actor == Actor
            && (db.Set<Holding>().Any(h => h.PersonId == misused.PersonId && h.SubjectId == e.SubjectId) || db.Set<PrintedCredential>().Any(p => p.PersonId == misused.PersonId && p.SubjectId == e.SubjectId)))));
        Assert.Equal((1, 1), (await AuditedAsync("credential.bulk-started", misused.PersonId), await AuditedAsync("credential.bulk-ended", misused.PersonId)));
    }

    [Fact]
    public async Task A_job_whose_server_died_is_carried_on_from_where_it_was()
    {
        var someone = await province.AddSomeoneAsync();
        using var wallet = await province.OpenWalletAsync(someone);
        var ids = new List<Guid>();
        for (var i = 0; i < 3; i++)
        {
            ids.Add((await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid());
        }

        // Its holdings are through and one of three prints too; nobody has moved it for a minute.
        Assert.Equal(200, (await wallet.PostAsync($"/api/credentials/{ids[0]}/revoke")).Status);
        var now = TimeProvider.System.GetUtcNow();
        var left = new BulkWithdrawal
        {
            Id = Guid.CreateVersion7(now),
            Actor = Actor,
            Reason = "stolen",
            PersonId = someone.PersonId,
            Before = now,
            State = BulkState.Running,
            InPrinted = true,
            Cursor = ids[0],
            Total = 3,
            Withdrawn = 1,
            StartedAt = now - TimeSpan.FromMinutes(2),
            MovedAt = now - TimeSpan.FromMinutes(1),
            Version = 7,
        };
        await province.DatabaseAsync(async db =>
        {
            db.Add(left);
            return await db.SaveChangesAsync();
        });
        Assert.Equal(3, (await DoneAsync(left.Id)).Withdrawn);
        Assert.Equal(3, await province.DatabaseAsync(db => db.Set<PrintedCredential>().CountAsync(p => ids.Contains(p.Id) && p.State == CredentialState.Withdrawn)));
        Assert.Equal(3, await province.DatabaseAsync(db => db.Set<AuditEntry>().CountAsync(e => e.What == "credential.withdrawn" && e.SubjectId == someone.PersonId)));
    }

    [Fact]
    public async Task An_account_a_key_a_kind_and_a_time_narrow_it_down()
    {
        var someone = await province.AddSomeoneAsync(vehicle: true);
        using var wallet = await province.OpenWalletAsync(someone);
        Assert.Equal(200, (await wallet.EnrolAsync()).Status);
        var id = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        Assert.Equal(200, (await wallet.PrintAsync("vehicle")).Status);
        var key = new KeyId(await province.DatabaseAsync(db => db.Set<PrintedCredential>().Where(p => p.Id == id).Select(p => p.KeyId).SingleAsync())).ToString();
        var account = Nothing with { UserName = someone.UserName };
        var now = TimeProvider.System.GetUtcNow();

        Assert.Equal(3, await CountAsync(account));
        Assert.Equal(2, await CountAsync(account with { Kind = CredentialKind.Person }));
        Assert.Equal(1, await CountAsync(account with { KeyId = key }));
        Assert.Equal(0, await CountAsync(account with { From = now + TimeSpan.FromMinutes(1) }));
        Assert.Equal(3, await CountAsync(account with { From = now - TimeSpan.FromMinutes(5) }));
        Assert.Equal(0, await CountAsync(account with { Before = now - TimeSpan.FromMinutes(5) }));

        async Task<int> CountAsync(BulkChoice choice) => (await AskAsync(bulk => bulk.CountAsync(choice, CancellationToken.None))).Count;
    }

    [Fact]
    public async Task What_would_take_everything_or_means_nobody_is_refused()
    {
        Assert.Equal("bulk_unbounded", await CodeAsync(Nothing with { Kind = CredentialKind.Person }));
        Assert.Equal("bulk_person", await CodeAsync(Nothing with { PersonNumber = "349900199003070012" }));
        Assert.Equal("bulk_account", await CodeAsync(Nothing with { UserName = "nobody-has-this" }));
        Assert.Equal("bulk_key", await CodeAsync(Nothing with { KeyId = "xyz" }));
        Assert.Equal("unknown_reason", (await AskAsync(bulk => bulk.StartAsync(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), Nothing, "because", Actor, CancellationToken.None)))?.Code);

        async Task<string?> CodeAsync(BulkChoice choice) => (await AskAsync(bulk => bulk.StartAsync(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), choice, "stolen", Actor, CancellationToken.None)))?.Code;
    }

    private Task<T> AskAsync<T>(Func<WithdrawInBulk, Task<T>> ask) => province.Server.AskAsync(ask);

    private Task<int> AuditedAsync(string what, Guid subject) =>
        province.DatabaseAsync(db => db.Set<AuditEntry>().CountAsync(e => e.What == what && e.SubjectId == subject && e.Actor == Actor));

    private async Task<BulkWithdrawal> DoneAsync(Guid id)
    {
        for (var tries = 0; ; tries++)
        {
            var job = await province.DatabaseAsync(db => db.Set<BulkWithdrawal>().AsNoTracking().SingleAsync(j => j.Id == id));
            if (job.State != BulkState.Running)
            {
                return job;
            }

            Assert.True(tries < 600, "The job does not end.");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    private static string Text((int Status, JsonElement Answer) printed) => printed.Answer.GetProperty("credentials")[0].GetProperty("text").GetString()!;
}
