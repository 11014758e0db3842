using System.Diagnostics.Metrics;
using Identity.Server.Credentials;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OneCode;
using Xunit;

namespace Identity.Server.Tests.Credentials;

/// <summary>What the room does by itself: forgetting answers, and noticing codes that were left half made.</summary>
public sealed class SweepTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public async Task Old_answers_are_forgotten_in_batches_and_young_ones_stay(string provider)
    {
        await using var server = new TheServer(await postgres.SettingsAsync(provider));
        await server.InitializeAsync();
        var now = TimeProvider.System.GetUtcNow();
        await server.AskAsync<ServerDbContext, int>(async db =>
        {
            db.AddRange(Enumerable.Range(0, ForgetAnswers.Batch + 50).Select(i => AnAnswer(i, now.AddHours(-24.1))));
            db.AddRange(Enumerable.Range(10_000, 3).Select(i => AnAnswer(i, now.AddHours(-23.9))));
            return await db.SaveChangesAsync();
        });

        Assert.Equal(ForgetAnswers.Batch + 50, await Hosted<ForgetAnswers>(server).ForgetAsync(CancellationToken.None));
        Assert.Equal(3, await server.AskAsync<ServerDbContext, int>(db => db.Set<StoredAnswer>().CountAsync()));
        Assert.Equal(0, await Hosted<ForgetAnswers>(server).ForgetAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public async Task A_code_left_prepared_is_logged_once_and_counted_until_it_is_withdrawn(string provider)
    {
        using var heard = new Heard(2003);
        await using var server = new TheServer(await postgres.SettingsAsync(provider), services => services.AddSingleton<ILoggerProvider>(heard));
        await server.InitializeAsync();
        var counted = -1;
        using var meters = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "identity.credentials.prepared_left" && ReferenceEquals(instrument.Meter.Scope, server.App.Services.GetRequiredService<IMeterFactory>()))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        meters.SetMeasurementEventCallback<int>((_, value, _, _) => counted = value);
        meters.Start();

        var now = TimeProvider.System.GetUtcNow();
        var left = APrinted(1, CredentialState.Prepared, now.AddMinutes(-2));
        await server.AskAsync<ServerDbContext, int>(async db =>
        {
            db.Add(left);
            // Being signed at this moment; signed long ago.
            db.Add(APrinted(2, CredentialState.Prepared, now.AddSeconds(-5)));
            db.Add(APrinted(3, CredentialState.InForce, now.AddMinutes(-2)));
            // Left behind while this server was away: the first look goes further back.
            db.Add(APrinted(4, CredentialState.Prepared, now.AddDays(-3)));
            return await db.SaveChangesAsync();
        });
        var watch = Hosted<PreparedWatch>(server);
        Assert.Equal(2, await watch.LookAsync(CancellationToken.None));
        Assert.Equal(2, await watch.LookAsync(CancellationToken.None));
        Assert.Equal(2, counted);
        Assert.Equal(2, heard.Lines.Count);
        Assert.Single(heard.Lines, line => line.Contains(left.Id.ToString(), StringComparison.Ordinal));

        Assert.Null(await server.AskAsync<WithdrawForStaff, Refusal?>(withdraw =>
            withdraw.HandleAsync(left.Id, StateChange.Revoke, "issued_in_error", "account:test", CancellationToken.None)));
        Assert.Equal(1, await watch.LookAsync(CancellationToken.None));
        Assert.Equal(1, counted);
    }

    private static T Hosted<T>(TheServer server) => server.App.Services.GetServices<IHostedService>().OfType<T>().Single();

    private static StoredAnswer AnAnswer(int number, DateTimeOffset at)
    {
        var id = new byte[32];
        BitConverter.TryWriteBytes(id, number);
        return new StoredAnswer { Id = id, RequestHash = new byte[32], Sealed = [1], At = at };
    }

    private static PrintedCredential APrinted(int index, CredentialState state, DateTimeOffset at) => new()
    {
        Id = Guid.CreateVersion7(at),
        AccountId = Guid.CreateVersion7(at),
        PersonId = Guid.CreateVersion7(at),
        Kind = CredentialKind.Person,
        SubjectId = Guid.CreateVersion7(at),
        StatusList = "pm31110",
        StatusIndex = index,
        KeyId = new byte[8],
        ToBeSignedHash = new byte[32],
        State = state,
        IssuedAt = at,
        ExpiresAt = at.AddDays(365),
        ChangedAt = at,
    };
}
