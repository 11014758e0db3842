using System.Globalization;
using System.Net;
using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using OneCode;
using Xunit;

namespace Identity.Server.Tests.Status;

/// <summary>When a node may publish: with a clock that goes, and when nobody else does.</summary>
public sealed class ClockAndLeaseTests
{
    private static readonly DateTimeOffset Noon = DateTimeOffset.Parse("2026-11-25T04:00:00Z", CultureInfo.InvariantCulture);

    [Fact]
    public async Task A_clock_that_stands_still_stops_publishing_and_is_reported_until_it_goes_again()
    {
        var clock = new StoppableClock();
        await using var server = new TheServer(
            new() { ["Status:PublishWithin"] = "00:00:01", ["Logging:LogLevel:Default"] = "None" }, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        await server.InitializeAsync();
        var services = server.App.Services;
        var reference = await services.GetRequiredService<StatusIndices>().ForHoldingAsync(CredentialKind.Person, 3, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), CancellationToken.None);
        var list = services.GetRequiredService<StatusBoard>().Find(reference.List)!;
        using var http = new HttpClient { BaseAddress = server.Login };

        clock.Stop();
        await UntilAsync(async () => await ReadyAsync() is (HttpStatusCode.ServiceUnavailable, var said) && said.Contains("stands still", StringComparison.Ordinal));
        var version = list.Published!.Version;
        await using (var scope = services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<StatusRegister>().SetHoldingAsync(CredentialKind.Person, 3, StatusValue.Invalid, CancellationToken.None);
            await scope.ServiceProvider.GetRequiredService<ServerDbContext>().SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        // Online it is known; a list that would say when is not signed.
        await UntilAsync(() => Task.FromResult(list[reference.Index] == StatusValue.Invalid));
        await services.GetRequiredService<StatusPublisher>().PublishDueAsync(CancellationToken.None);
        Assert.Equal(version, list.Published!.Version);

        clock.Go();
        await UntilAsync(() => Task.FromResult(StatusListJwt.ReadOwn(list.Published!.Jwt).Get(reference.Index) == StatusValue.Invalid));
        await UntilAsync(async () => (await ReadyAsync()).Status == HttpStatusCode.OK);

        async Task<(HttpStatusCode Status, string Said)> ReadyAsync()
        {
            using var answer = await http.GetAsync(new Uri("/health/ready/verify", UriKind.Relative), TestContext.Current.CancellationToken);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void A_clock_that_goes_with_the_stopwatch_is_right()
    {
        var clock = new StoppableClock(new FakeTimeProvider(Noon));
        var watch = WatchOver(clock);
        for (var round = 0; round < 10; round++)
        {
            Assert.True(watch.Look(clock.GetUtcNow() + TimeSpan.FromSeconds(20), clock.GetUtcNow()), watch.Problem);
            clock.Fake.Advance(TimeSpan.FromSeconds(3));
        }
    }

    [Fact]
    public void A_clock_that_went_back_is_wrong_until_it_is_past_where_it_was()
    {
        var clock = new StoppableClock(new FakeTimeProvider(Noon));
        var watch = WatchOver(clock);
        Assert.True(watch.Look());
        clock.Fake.Advance(TimeSpan.FromSeconds(3));
        Assert.True(watch.Look());
        clock.Offset = TimeSpan.FromHours(-1);
        Assert.False(watch.Look());
        Assert.Contains("went back", watch.Problem, StringComparison.Ordinal);
        clock.Fake.Advance(TimeSpan.FromMinutes(30));
        Assert.False(watch.Look());
        clock.Fake.Advance(TimeSpan.FromMinutes(31));
        Assert.True(watch.Look(), watch.Problem);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void A_clock_that_is_an_hour_from_the_databases_is_wrong(int hours)
    {
        var clock = new StoppableClock(new FakeTimeProvider(Noon));
        var watch = WatchOver(clock);
        Assert.True(watch.Look(Noon));
        clock.Fake.Advance(TimeSpan.FromSeconds(3));
        clock.Offset = TimeSpan.FromHours(hours);
        Assert.False(watch.Look(Noon + TimeSpan.FromSeconds(3)));

        // Whoever looks without asking the database hears the same.
        clock.Fake.Advance(TimeSpan.FromSeconds(3));
        Assert.False(watch.Look());
        clock.Offset = TimeSpan.Zero;
        watch.Look(Noon + TimeSpan.FromSeconds(6));
        clock.Fake.Advance(TimeSpan.FromSeconds(3));
        Assert.True(watch.Look(Noon + TimeSpan.FromSeconds(9)), watch.Problem);
    }

    [Fact]
    public void A_list_from_the_future_means_that_this_clock_is_wrong()
    {
        var watch = WatchOver(new StoppableClock(new FakeTimeProvider(Noon)));
        Assert.False(watch.Look(published: Noon + TimeSpan.FromMinutes(2)));
    }

    [Fact]
    public async Task A_publisher_that_dies_is_replaced_and_does_not_lead_when_it_wakes_up()
    {
        // Its own publisher takes the lease at its start and then looks only every 75 s.
        await using var server = new TheServer(new() { ["Status:PublishWithin"] = "00:05:00" });
        await server.InitializeAsync();
        var time = new FakeTimeProvider(Noon);
        var one = ActivatorUtilities.CreateInstance<Leadership>(server.App.Services, (TimeProvider)time);
        var two = ActivatorUtilities.CreateInstance<Leadership>(server.App.Services, (TimeProvider)time);
        var own = server.App.Services.GetRequiredService<Leadership>();
        await UntilAsync(() => own.LeadsAsync(CancellationToken.None));
        Assert.False(await one.LeadsAsync(CancellationToken.None));
        time.Advance(TimeSpan.FromSeconds(149));
        Assert.False(await one.LeadsAsync(CancellationToken.None));
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.True(await one.LeadsAsync(CancellationToken.None));

        // The one that was replaced sees it at its next look; the new one stays while it beats.
        Assert.False(await own.LeadsAsync(CancellationToken.None));
        for (var round = 0; round < 3; round++)
        {
            Assert.False(await two.LeadsAsync(CancellationToken.None));
            time.Advance(TimeSpan.FromSeconds(100));
            Assert.True(await one.LeadsAsync(CancellationToken.None));
        }

        await one.GiveBackAsync(CancellationToken.None);
        Assert.True(await two.LeadsAsync(CancellationToken.None));
        Assert.False(await one.LeadsAsync(CancellationToken.None));
    }

    private static ClockWatch WatchOver(TimeProvider clock) => new(clock, NullLogger<ClockWatch>.Instance, new Meters());

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var tries = 0; !await holds(); tries++)
        {
            Assert.True(tries < 400, "It did not come true.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A wall clock that can be stopped and moved while the stopwatch runs on.</summary>
    private sealed class StoppableClock(FakeTimeProvider? fake = null) : TimeProvider
    {
        private DateTimeOffset? _stopped;

        public FakeTimeProvider Fake => fake!;

        public TimeSpan Offset { get; set; }

        private TimeProvider Real => fake ?? System;

        public override long TimestampFrequency => Real.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => _stopped ?? Real.GetUtcNow() + Offset;

        public override long GetTimestamp() => Real.GetTimestamp();

        public void Stop() => _stopped = GetUtcNow();

        public void Go() => _stopped = null;
    }

    private sealed class Meters : System.Diagnostics.Metrics.IMeterFactory
    {
        public System.Diagnostics.Metrics.Meter Create(System.Diagnostics.Metrics.MeterOptions options) => new(options);

        public void Dispose()
        {
            // Nothing is kept.
        }
    }
}
