using Identity.Server.Accounts;
using Identity.Server.Credentials;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>The province on what a province runs on: PostgreSQL for the truth and Redis beside it.</summary>
public sealed class ProvinceOnPostgres(PostgresServer postgres) : IAsyncLifetime
{
    private CodesProvince? _codes;
    private RedisServer? _redis;

    internal CodesProvince Codes => _codes!;

    internal RedisServer Redis => _redis!;

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _codes = new CodesProvince(new()
        {
            ["Storage:Provider"] = "Postgres",
            ["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync(),
            ["ConnectionStrings:Redis"] = _redis.ConnectionString,
        });
        await _codes.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Codes.DisposeAsync();
        await Redis.DisposeAsync();
    }
}

/// <summary>The main paths once more, on the other provider: what is tried on SQLite beside this must hold there too.</summary>
public sealed class PostgresAndRedisTests(ProvinceOnPostgres on) : IClassFixture<ProvinceOnPostgres>
{
    private CodesProvince Province => on.Codes;

    [Theory]
    [InlineData("person")]
    [InlineData("enterprise")]
    [InlineData("vehicle")]
    public async Task A_phone_enrols_shows_renews_and_is_withdrawn(string kind)
    {
        using var wallet = await Province.OpenWalletAsync(await Province.AddSomeoneAsync(enterprise: true, vehicle: true));
        var (status, answer, _) = await wallet.EnrolAsync(kind);
        Assert.True(status == 200, answer.ToString());
        var id = answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        var (_, again, keys) = await wallet.EnrolAsync(kind, count: 3);
        var credential = again.GetProperty("credentials")[0];
        Assert.Equal(id, credential.GetProperty("id").GetGuid());
        Assert.Equal("passed", (await Province.VerifyAsync(await Wallet.ShowAsync(credential, keys[0]))).GetProperty("verdict").GetString());

        Assert.Equal(200, (await wallet.PostAsync($"/api/credentials/{id}/revoke", idempotencyKey: "away")).Status);
        await ReasonBecomesAsync("Revoked", () => Wallet.ShowAsync(credential, keys[0]));
        Assert.Equal("credential_revoked", (await wallet.EnrolAsync(kind)).Answer.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Paper_prints_once_a_key_however_many_ask_and_is_suspended_and_resumed()
    {
        using var wallet = await Province.OpenWalletAsync(await Province.AddSomeoneAsync());
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => wallet.PrintAsync(idempotencyKey: "parallel")));
        Assert.All(answers, answer => Assert.True(answer.Status == 200, answer.Answer.ToString()));
        var credential = answers[0].Answer.GetProperty("credentials")[0];
        var text = credential.GetProperty("text").GetString()!;
        Assert.All(answers, answer => Assert.Equal(text, answer.Answer.GetProperty("credentials")[0].GetProperty("text").GetString()));
        Assert.Single((await wallet.ListAsync()).GetProperty("credentials").EnumerateArray());
        Assert.Equal(422, (await wallet.PrintAsync("vehicle", idempotencyKey: "parallel")).Status);

        var path = $"/api/credentials/{credential.GetProperty("id").GetGuid()}/";
        Assert.Equal(200, (await wallet.PostAsync(path + "suspend")).Status);
        await ReasonBecomesAsync("Suspended", () => Task.FromResult(text));
        Assert.Equal(200, (await wallet.PostAsync(path + "resume")).Status);
        await Eventually.TrueAsync(async () => (await Province.VerifyAsync(text)).GetProperty("verdict").GetString() == "passed");
    }

    [Fact]
    public async Task Twenty_at_once_withdraw_it_once()
    {
        using var wallet = await Province.OpenWalletAsync(await Province.AddSomeoneAsync());
        var id = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => wallet.PostAsync($"/api/credentials/{id}/revoke", idempotencyKey: i % 2 == 0 ? "same" : null)));
        Assert.All(answers, answer => Assert.True(answer.Status == 200, answer.Answer.ToString()));
        Assert.Equal(1, await Province.DatabaseAsync(db => db.Set<Identity.Server.Audit.AuditEntry>().CountAsync(
            e => e.What == "credential.withdrawn" && db.Set<PrintedCredential>().Any(p => p.Id == id && p.SubjectId == e.SubjectId))));
    }

    [Fact]
    public async Task Lost_takes_phones_and_personal_paper_and_leaves_the_shop_window()
    {
        using var wallet = await Province.OpenWalletAsync(await Province.AddSomeoneAsync(enterprise: true));
        await wallet.EnrolAsync();
        var paper = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("text").GetString()!;
        var window = (await wallet.PrintAsync("enterprise")).Answer.GetProperty("credentials")[0].GetProperty("text").GetString()!;
        var (status, lost) = await wallet.PostAsync("/api/lost", new { also = Array.Empty<Guid>() }, "lost");
        Assert.Equal((200, 2), (status, lost.GetProperty("withdrawn").GetArrayLength()));
        Assert.Equal(lost.ToString(), (await wallet.PostAsync("/api/lost", new { also = Array.Empty<Guid>() }, "lost")).Answer.ToString());
        await ReasonBecomesAsync("Revoked", () => Task.FromResult(paper));
        Assert.Equal("passed", (await Province.VerifyAsync(window)).GetProperty("verdict").GetString());
    }

    [Fact]
    public async Task A_withdrawal_while_Redis_is_gone_is_known_all_the_same()
    {
        using var wallet = await Province.OpenWalletAsync(await Province.AddSomeoneAsync());
        var credential = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0];
        await on.Redis.KillAsync();
        try
        {
            Assert.Equal(200, (await wallet.PostAsync($"/api/credentials/{credential.GetProperty("id").GetGuid()}/revoke")).Status);
            await ReasonBecomesAsync("Revoked", () => Task.FromResult(credential.GetProperty("text").GetString()!));
        }
        finally
        {
            await on.Redis.RestartAsync();
        }
    }

    [Fact]
    public async Task A_phone_that_is_signed_out_while_it_enrols_gets_no_code()
    {
        var someone = await Province.AddSomeoneAsync();
        using var wallet = await Province.OpenWalletAsync(someone);
        var (accountId, device) = await DeviceOfAsync(someone);
        await using var ending = Province.Server.App.Services.CreateAsyncScope();
        var db = ending.ServiceProvider.GetRequiredService<ServerDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(TestContext.Current.CancellationToken);
        Assert.True(await ending.ServiceProvider.GetRequiredService<EndGrant>().HandleAsync(accountId, device, CancellationToken.None));

        // Its token was looked at before the end is true, and it is past that now: it waits for the grant's row.
        var enrolling = wallet.EnrolAsync();
        await Eventually.TrueAsync(async () => enrolling.IsCompleted || await WaitingAsync());
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        var (status, answer, _) = await enrolling;
        Assert.Equal((403, "device_ended"), (status, answer.GetProperty("code").GetString()));
        Assert.False(await Province.DatabaseAsync(d => d.Set<Holding>().AnyAsync(h => h.PersonId == someone.PersonId)));
    }

    [Fact]
    public async Task A_phone_that_enrols_while_it_is_signed_out_loses_its_code_at_once()
    {
        var someone = await Province.AddSomeoneAsync();
        using var wallet = await Province.OpenWalletAsync(someone);
        var (accountId, device) = await DeviceOfAsync(someone);
        await using var enrolling = Province.Server.App.Services.CreateAsyncScope();
        var db = enrolling.ServiceProvider.GetRequiredService<ServerDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(TestContext.Current.CancellationToken);
        Assert.True(await enrolling.ServiceProvider.GetServices<IGrantDirectory>().Single().HoldAsync(accountId, device, CancellationToken.None));

        var ending = Task.Run(() => Province.Server.AskAsync<EndGrant, bool>(end => end.HandleAsync(accountId, device, CancellationToken.None)));
        await Eventually.TrueAsync(WaitingAsync);
        var holding = new Holding
        {
            Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()),
            DeviceId = device,
            AccountId = accountId,
            PersonId = someone.PersonId,
            Kind = OneCode.CredentialKind.Person,
            SubjectId = someone.PersonId,
            Number = 900_000,
            State = CredentialState.InForce,
            EnrolledAt = TimeProvider.System.GetUtcNow(),
            ChangedAt = TimeProvider.System.GetUtcNow(),
        };
        db.Add(holding);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        Assert.True(await ending);
        Assert.Equal(CredentialState.Withdrawn, await Province.DatabaseAsync(d => d.Set<Holding>().Where(h => h.Id == holding.Id).Select(h => h.State).SingleAsync()));
    }

    private async Task<(Guid AccountId, string Device)> DeviceOfAsync(Someone someone)
    {
        var accountId = await Province.DatabaseAsync(db => db.Set<Account>().Where(a => a.PersonId == someone.PersonId).Select(a => a.Id).SingleAsync());
        var grants = await Province.Server.AskAsync<IGrantDirectory, IReadOnlyList<Grant>>(directory => directory.ListAsync(accountId, CancellationToken.None));
        return (accountId, Assert.Single(grants).Id);
    }

    // Whether somebody waits for a row that somebody else has.
    private Task<bool> WaitingAsync() => Province.DatabaseAsync(db => db.Database
        .SqlQuery<int>($"SELECT count(*)::int AS \"Value\" FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
        .AnyAsync(waiting => waiting > 0));

    private Task ReasonBecomesAsync(string reason, Func<Task<string>> show) => Eventually.TrueAsync(async () =>
        (await Province.VerifyAsync(await show())) is var verdict && verdict.TryGetProperty("reason", out var said) && said.GetString() == reason);
}
