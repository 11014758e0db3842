using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Identity.Server.Connect;
using Identity.Server.Connect.Logout;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>What has ended goes, in batches, by one node at a time; what stands stays; and it shows when it does not.</summary>
public sealed class PruningTests(PostgresServer postgres)
{
    private static readonly DateTimeOffset Morning = DateTimeOffset.Parse("2026-11-24T08:00:00Z", System.Globalization.CultureInfo.InvariantCulture);

    private readonly FakeTimeProvider clock = new(Morning);

    [Fact]
    public async Task One_node_prunes_and_another_takes_over_when_its_lease_has_run_out()
    {
        var database = await postgres.NewDatabaseAsync();
        await using var one = await StartAsync(database, null);
        await using var two = await StartAsync(database, Path.Combine(one.Server.Directory, "keys"));
        await FillAsync(one, 1_200);
        var rounds = await Task.WhenAll(PruneManyAsync(one), PruneManyAsync(two));
        Assert.Equal(1_201, Assert.Single(rounds, round => round is not null));
        Assert.Equal(0, await one.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcToken>().CountAsync()));

        // The one that has the lease keeps it; when it is silent for longer than that, the other takes it.
        var (leader, follower) = rounds[0] is not null ? (one, two) : (two, one);
        Move(TimeSpan.FromMinutes(4));
        Assert.NotNull(await PruneAsync(leader));
        Move(TimeSpan.FromMinutes(4));
        Assert.Null(await PruneAsync(follower));
        Move(TimeSpan.FromMinutes(2));
        Assert.NotNull(await PruneAsync(follower));
        Assert.Null(await PruneAsync(leader));
    }

    [Fact]
    public async Task What_still_counts_stays()
    {
        await using var server = await StartAsync(null, null);
        using var browser = await server.SignedInAsync();
        var wallet = await server.CodeFlowAsync(browser, OidcServer.Native, "openid offline_access");
        Assert.Equal(0, await PruneAsync(server));
        Move(TimeSpan.FromDays(40));
        await PruneAsync(server);

        // A device stands for months and its refresh token with it; what was made beside them has gone.
        Assert.Equal(1, await server.Server.AskAsync<ServerDbContext, int>(db => db.Set<OidcGrant>().CountAsync()));
        using var renewed = await server.RefreshAsync(OidcServer.Native, wallet.RefreshToken!);
        Assert.True(renewed.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Answers_are_history_for_three_years_and_then_go_and_what_stands_stays(bool onPostgres)
    {
        await using var server = await StartAsync(onPostgres ? await postgres.NewDatabaseAsync() : null, null);
        var longAgo = Morning.AddYears(-4);
        Consent Of(string client, DateTimeOffset? endsAt, DateTimeOffset? endedAt) => new()
        {
            Id = Guid.CreateVersion7(longAgo),
            AccountId = Guid.Empty,
            ClientId = client,
            Granted = "openid",
            Declined = "",
            Told = "{}",
            GivenAt = longAgo,
            LastUsedAt = longAgo,
            EndsAt = endsAt,
            EndedAt = endedAt,
        };
        await server.Server.AskAsync<ServerDbContext, int>(async db =>
        {
            db.AddRange(
                Of("ended", longAgo.AddDays(9), longAgo.AddDays(5)),
                Of("ran-out", longAgo.AddDays(9), null),
                Of("ended-lately", longAgo.AddDays(9), Morning.AddYears(-2)),
                Of("ran-out-lately", Morning.AddYears(-2), null),
                Of("duty", null, null));
            return await db.SaveChangesAsync();
        });
        Assert.Equal(2, await PruneAsync(server));
        Assert.Equal(
            ["duty", "ended-lately", "ran-out-lately"],
            await server.Server.AskAsync<ServerDbContext, string[]>(db => db.Set<Consent>().OrderBy(consent => consent.ClientId).Select(consent => consent.ClientId).ToArrayAsync()));
    }

    [Fact]
    public async Task Growth_and_lag_show_as_metrics_of_the_node_that_prunes()
    {
        await using var server = await StartAsync(null, null);
        await FillAsync(server, 3);
        var seen = new ConcurrentDictionary<string, double>();
        using var listener = Listen(server, seen);
        listener.RecordObservableInstruments();
        Assert.Empty(seen);

        // A lease that somebody else has: nothing is pruned and nothing told.
        Assert.Equal(4, await PruneAsync(server));
        listener.RecordObservableInstruments();
        Assert.Equal(4, seen["identity.prune.removed oidc_tokens"] + seen["identity.prune.removed logout_deliveries"]);
        Assert.Equal(0, seen["identity.storage.rows oidc_tokens"]);
        Assert.Equal(0, seen["identity.prune.lag oidc_tokens"]);
        seen.Clear();
        Move(TimeSpan.FromHours(1));
        listener.RecordObservableInstruments();
        Assert.Empty(seen);
    }

    private static MeterListener Listen(OidcServer server, ConcurrentDictionary<string, double> seen)
    {
        var ours = server.Server.App.Services.GetRequiredService<IMeterFactory>();
        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags) =>
            seen.AddOrUpdate($"{instrument.Name} {tags[0].Value}", value, (_, before) => instrument.Name.EndsWith("removed", StringComparison.Ordinal) ? before + value : value);

        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name is "identity.storage.rows" or "identity.prune.lag" or "identity.prune.removed" && instrument.Meter.Scope == ours)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.Start();
        return listener;
    }

    /// <summary>Tokens that ended two days ago, and a delivery of two months ago.</summary>
    private static async Task FillAsync(OidcServer server, int tokens) => await server.Server.AskAsync<ServerDbContext, int>(async db =>
    {
        for (var i = 0; i < tokens; i++)
        {
            db.Add(new OidcToken { Id = Guid.CreateVersion7(Morning), ExpirationDate = Morning.UtcDateTime.AddDays(-2), Status = "valid", Type = "access_token", ConcurrencyToken = "x" });
        }

        var longAgo = Morning.AddDays(-60);
        db.Add(new LogoutDelivery { Id = Guid.CreateVersion7(longAgo), ClientId = OidcServer.Hr, AccountId = Guid.Empty, Sid = "x", CreatedAt = longAgo, NextTryAt = longAgo, DeliveredAt = longAgo });
        return await db.SaveChangesAsync();
    });

    private void Move(TimeSpan time) => clock.AdjustTime(clock.GetUtcNow() + time);

    private static Task<int?> PruneAsync(OidcServer server) => server.Server.App.Services.GetRequiredService<Pruning>().PruneAsync(TestContext.Current.CancellationToken);

    /// <summary>The pause between batches waits for the clock, so it is moved along until the round is done.</summary>
    private async Task<int?> PruneManyAsync(OidcServer server)
    {
        var round = PruneAsync(server);
        while (!round.IsCompleted)
        {
            clock.Advance(TimeSpan.FromMilliseconds(50));
            await Task.WhenAny(round, Task.Delay(10, TestContext.Current.CancellationToken));
        }

        return await round;
    }

    private async Task<OidcServer> StartAsync(string? database, string? keys)
    {
        var settings = new Dictionary<string, string?>();
        if (database is not null)
        {
            (settings["Storage:Provider"], settings["ConnectionStrings:Database"]) = ("Postgres", database);
        }

        if (keys is not null)
        {
            settings["Trust:KeyFolder"] = keys;
        }

        var server = new OidcServer(settings, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        await server.InitializeAsync();
        return server;
    }
}
