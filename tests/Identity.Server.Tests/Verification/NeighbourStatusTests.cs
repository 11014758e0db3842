using System.Collections.Concurrent;
using Identity.Server.Verification;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using OneCode;
using OneCode.Cli.Vectors;
using Xunit;

namespace Identity.Server.Tests.Verification;

/// <summary>When another region is asked for its lists: counted where it listens, by a clock that the test holds.</summary>
public sealed class NeighbourStatusTests : IAsyncLifetime
{
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider clock = new(World.Now);
    private readonly ConcurrentQueue<string> requests = [];
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isShut;
    private WebApplication region = null!;
    private ServiceProvider services = null!;
    private NeighbourStatus status = null!;
    private TrustList trust = null!;
    private byte[]? published;

    private string Template => region.Urls.Single() + "/status/{list}";

    private StatusQuery Query => new("34", Template.Replace("{list}", "pm27110", StringComparison.Ordinal), new StatusReference("pm27110", World.CleanIndex));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        region = builder.Build();
        region.MapGet("/status/{list}", async (string list) =>
        {
            requests.Enqueue(list);
            if (isShut)
            {
                await opened.Task;
            }

            return published is { } bytes ? Results.Bytes(bytes, StatusListToken.MediaType) : Results.StatusCode(503);
        });
        await region.StartAsync(Cancellation);
        services = new ServiceCollection().AddHttpClient(NeighbourStatus.HttpClientName).Services.BuildServiceProvider();
        status = new NeighbourStatus(services.GetRequiredService<IHttpClientFactory>(), clock);
        trust = Trust(1);
        Publish(World.Now);
    }

    public async ValueTask DisposeAsync()
    {
        opened.TrySetResult();
        await region.DisposeAsync();
        await services.DisposeAsync();
    }

    [Fact]
    public async Task A_list_is_asked_for_again_when_its_ttl_is_over_and_no_sooner()
    {
        await ReadAsync(expectedRequests: 1);
        clock.Advance(Ttl - TimeSpan.FromSeconds(1));
        await ReadAsync(expectedRequests: 1);
        Publish(clock.GetUtcNow(), World.CleanIndex);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(StatusValue.Invalid, (await ReadAsync(expectedRequests: 2)).Value);
        clock.Advance(Ttl / 2);
        await ReadAsync(expectedRequests: 2);
    }

    [Fact]
    public async Task A_region_that_publishes_nothing_newer_or_is_away_is_asked_every_five_seconds_at_most()
    {
        await ReadAsync(expectedRequests: 1);
        clock.Advance(Ttl);
        await ReadAsync(expectedRequests: 2);
        clock.Advance(NeighbourStatus.Floor - TimeSpan.FromSeconds(1));
        await ReadAsync(expectedRequests: 2);
        clock.Advance(TimeSpan.FromSeconds(1));
        published = null;
        // What is held counts with its age.
        Assert.Equal(World.Now, (await ReadAsync(expectedRequests: 3)).AsOf);
        await ReadAsync(expectedRequests: 3);
        clock.Advance(NeighbourStatus.Floor);
        await ReadAsync(expectedRequests: 4);
    }

    [Fact]
    public async Task A_ttl_of_next_to_nothing_makes_no_flood()
    {
        Publish(World.Now, ttl: TimeSpan.FromSeconds(1));
        for (var second = 0; second < 10; second++)
        {
            await ReadAsync(expectedRequests: 1 + (second / 5));
            clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Another_trust_list_has_the_lists_fetched_anew()
    {
        await ReadAsync(expectedRequests: 1);
        trust = Trust(2);
        await ReadAsync(expectedRequests: 2);
    }

    [Fact]
    public async Task All_who_wait_share_one_fetch_and_one_who_hangs_up_ends_it_for_nobody()
    {
        isShut = true;
        using var hangingUp = new CancellationTokenSource();
        var first = status.ReadAsync(Query, trust, hangingUp.Token).AsTask();
        var others = Enumerable.Range(0, 5).Select(_ => status.ReadAsync(Query, trust, Cancellation).AsTask()).ToList();
        await hangingUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.All(others, other => Assert.False(other.IsCompleted));

        opened.SetResult();
        Assert.All(await Task.WhenAll(others).WaitAsync(TimeSpan.FromMinutes(1), Cancellation), answer => Assert.Equal(StatusAnswer.Knowledge.Value, answer.Knows));
        Assert.Single(requests);
    }

    private async Task<StatusAnswer> ReadAsync(int expectedRequests)
    {
        var answer = await status.ReadAsync(Query, trust, Cancellation);
        Assert.Equal(StatusAnswer.Knowledge.Value, answer.Knows);
        Assert.Equal(expectedRequests, requests.Count);
        return answer;
    }

    private void Publish(DateTimeOffset at, int? withdrawn = null, TimeSpan? ttl = null)
    {
        var content = World.StatusContent("pm27110") with { Uri = Query.Uri, IssuedAt = at, TimeToLive = ttl ?? Ttl };
        if (withdrawn is { } index)
        {
            content.List.Set(index, StatusValue.Invalid);
        }

        published = World.SignStatus(content);
    }

    private TrustList Trust(long version)
    {
        var content = World.TrustContent with { Version = version, Keys = [World.Key("person", "34", KeyPurpose.Person, Template), World.Key("status", "34", KeyPurpose.StatusList, null)] };
        return TrustListToken.TryVerify(World.SignTrust(content), World.Roots, null, out var list, out var rejection) ? list : throw new InvalidOperationException(rejection.ToString());
    }
}
