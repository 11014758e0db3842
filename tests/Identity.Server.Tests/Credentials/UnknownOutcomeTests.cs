using System.Net.Http.Json;
using System.Text.Json;
using Identity.Server.Audit;
using Identity.Server.Credentials;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>The line to PostgreSQL breaks while COMMIT is under way: neither yes nor no may be said, and the key tells which it was.</summary>
public sealed class UnknownOutcomeTests(PostgresServer postgres) : IAsyncLifetime
{
    private CuttingProxy _proxy = null!;
    private CodesProvince _province = null!;

    public async ValueTask InitializeAsync()
    {
        var direct = new NpgsqlConnectionStringBuilder(await postgres.NewDatabaseAsync());
        _proxy = new CuttingProxy(direct.Port);
        direct.Port = _proxy.Port;
        direct.Timeout = 5;
        _province = new CodesProvince(new() { ["Storage:Provider"] = "Postgres", ["ConnectionStrings:Database"] = direct.ConnectionString });
        await _province.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _proxy.ComeBack();
        await _province.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_withdrawal_whose_commit_is_cut_is_answered_unknown_and_resolved_by_its_key(bool done)
    {
        using var wallet = await _province.OpenWalletAsync(await _province.AddSomeoneAsync());
        var id = (await wallet.PrintAsync()).Answer.GetProperty("credentials")[0].GetProperty("id").GetGuid();
        var path = $"/api/credentials/{id}/revoke";
        _proxy.CutNext(done ? CuttingProxy.Cut.AfterCommit : CuttingProxy.Cut.BeforeCommit, thenDown: true);
        using var unknown = await AskAsync(wallet, path, "cut");
        Assert.Equal(1, _proxy.Count);
        Assert.Equal((503, "outcome_unknown"), ((int)unknown.StatusCode, (await unknown.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("code").GetString()));
        Assert.NotNull(unknown.Headers.RetryAfter);

        // Without its database it says so, and that nothing was done.
        using var away = await AskAsync(wallet, path, "another");
        Assert.Equal((503, "try_later"), ((int)away.StatusCode, (await away.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("code").GetString()));
        Assert.NotNull(away.Headers.RetryAfter);

        _proxy.ComeBack();
        Assert.Equal(done, await _province.DatabaseAsync(db => db.Set<PrintedCredential>().AnyAsync(p => p.Id == id && p.State == CredentialState.Withdrawn)));
        var (status, answer) = await wallet.PostAsync(path, idempotencyKey: "cut");
        Assert.True(status == 200, answer.ToString());
        Assert.Equal(("revoked", answer.ToString()), (answer.GetProperty("state").GetString(), (await wallet.PostAsync(path, idempotencyKey: "cut")).Answer.ToString()));
        Assert.Equal(1, await _province.DatabaseAsync(db => db.Set<AuditEntry>().CountAsync(e => e.What == CredentialEvents.Withdrawn.Name)));
    }

    [Fact]
    public async Task A_commit_that_was_done_is_found_by_its_key_before_anything_is_answered()
    {
        using var wallet = await _province.OpenWalletAsync(await _province.AddSomeoneAsync());
        _proxy.CutNext(CuttingProxy.Cut.AfterCommit, thenDown: false);
        var (status, printed) = await wallet.PrintAsync(idempotencyKey: "print");
        Assert.Equal(1, _proxy.Count);
        if (status == 503)
        {
            // The answer was looked for while PostgreSQL was still at it.
            Assert.Equal("outcome_unknown", printed.GetProperty("code").GetString());
            (status, printed) = await wallet.PrintAsync(idempotencyKey: "print");
        }

        Assert.True(status == 200, printed.ToString());
        var row = Assert.Single(await _province.DatabaseAsync(db => db.Set<PrintedCredential>().AsNoTracking().Where(p => p.State == CredentialState.InForce).ToListAsync()));
        Assert.Equal(row.Id, printed.GetProperty("credentials")[0].GetProperty("id").GetGuid());
    }

    [Fact]
    public async Task A_backend_that_is_terminated_before_its_commit_leaves_the_outcome_unknown_to_its_client()
    {
        await using var scope = _province.Server.App.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(TestContext.Current.CancellationToken);
        var backend = ((NpgsqlConnection)db.Database.GetDbConnection()).ProcessID;
        await _province.DatabaseAsync(other => other.Database.SqlQuery<bool>($"SELECT pg_terminate_backend({backend}) AS \"Value\"").SingleAsync());
        await Assert.ThrowsAsync<OutcomeUnknownException>(() => transaction.CommitAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<HttpResponseMessage> AskAsync(Wallet wallet, string path, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(new { }) };
        request.Headers.Add("Idempotency-Key", key);
        return await wallet.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
