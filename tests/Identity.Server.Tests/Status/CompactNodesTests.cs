using System.Diagnostics;
using System.Security.Cryptography;
using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
using Xunit;

namespace Identity.Server.Tests.Status;

/// <summary>The compact form of two nodes behind one address: the same bytes from each, and no gap where one is started again or takes over.</summary>
public sealed class CompactNodesTests(PostgresServer postgres) : IAsyncLifetime
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
    private static readonly string Series = CompactPublisher.SeriesOf(StatusNames.DayGroup(CredentialKind.Person, Today));

    private readonly DirectoryInfo keys = Directory.CreateTempSubdirectory("keys-");
    private readonly HttpClient http = new();
    private TheServer one = null!;
    private TheServer two = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Dictionary<string, string?> settings = new()
        {
            ["Storage:Provider"] = "Postgres",
            ["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync(),
            ["Trust:KeyFolder"] = keys.FullName,
            ["Status:PublishWithin"] = "00:00:01",
            ["Logging:LogLevel:Default"] = "Error",
        };
        one = new TheServer(settings);
        await one.InitializeAsync();
        two = new TheServer(new(settings) { ["Origins:Login"] = Origins.TextOf(one.Login) });
        await two.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await one.DisposeAsync();
        await two.DisposeAsync();
        keys.Delete(recursive: true);
    }

    [Fact]
    public async Task Both_say_the_same_and_lead_on_from_before_a_restart_and_from_a_node_that_is_gone()
    {
        var reference = await IndexAsync(5);
        var first = await WithdrawnAsync(1, null);
        var trust = one.App.Services.GetRequiredService<TrustListSource>().Current;
        var verifier = new OfflineVerifier(trust.Roots);
        Assert.Null(verifier.TakeTrustList(trust.Signed.Span));
        Assert.True(CompactStatusToken.TryVerify(first, verifier.Trust!, out var message, out _));
        var state = await GetAsync(two, $"state/{Convert.ToHexStringLower(message.BodyDigest.Span)}");
        Assert.Null(verifier.TakeCompact(first, state));
        var since = $"{Series}/since/{message.Content.Version}";

        var third = await WithdrawnAsync(3, await WithdrawnAsync(2, first));
        var way = await GetAsync(one, since);
        Assert.Equal(way, await GetAsync(two, since));

        await one.StopAsync();
        await one.InitializeAsync();
        await UntilAsync(async () => (await TryGetAsync(one, Series))?.AsSpan().SequenceEqual(third) == true);
        Assert.Equal(way, await GetAsync(one, since));

        // Whoever published is gone; the other goes on from there, and a verifier from where it stood.
        await UntilAsync(() => Task.FromResult(Leads(one) || Leads(two)));
        var (publisher, other) = Leads(two) ? (two, one) : (one, two);
        await publisher.StopAsync();
        await SetAsync(other, 5);
        await UntilAsync(async () => await FollowAsync(other, verifier) && Says(verifier, reference) == StatusValue.Invalid);
    }

    [Fact]
    public async Task States_that_nobody_begins_at_any_more_are_not_kept()
    {
        byte[]? before = null;
        for (var number = 1; number <= 6; number++)
        {
            before = await WithdrawnAsync(number, before);
        }

        await using var scope = one.App.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        await UntilAsync(async () =>
        {
            var newest = await db.Set<CompactSeriesRow>().Where(row => row.Series == Series).Select(row => row.Ordinal).SingleAsync(Cancellation);
            return newest >= 5
                && CompactHistory.Needed(newest).SetEquals(await db.Set<CompactStateRow>().Where(row => row.Series == Series).Select(row => row.Ordinal).ToListAsync(Cancellation));
        });
    }

    [Fact]
    public async Task Of_two_that_publish_at_once_one_is_believed_and_nothing_of_the_other_is_left()
    {
        foreach (var node in new[] { one, two })
        {
            // Or it would drop a series that it has no list of.
            await node.App.Services.GetRequiredService<CompactPublisher>().StopAsync(Cancellation);
        }

        using var key = new SoftwareSigner(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        var (mine, theirs) = (new CompactHistory("race"), new CompactHistory("race"));
        var (ours, others) = (one.App.Services.GetRequiredService<CompactLedger>(), two.App.Services.GetRequiredService<CompactLedger>());
        Assert.True(await ours.WriteAsync(mine, await StepAsync(mine, 1), Cancellation));
        Assert.False(await others.WriteAsync(theirs, await StepAsync(theirs, 1), Cancellation));

        theirs.Take(await StepAsync(theirs, 1));
        theirs.Revision = mine.Revision;
        var (second, third) = (await StepAsync(mine, 2), await StepAsync(theirs, 3));
        Assert.True(await ours.WriteAsync(mine, second, Cancellation));
        Assert.False(await others.WriteAsync(theirs, third, Cancellation));
        await using var scope = two.App.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var delta = await db.Set<CompactDeltaRow>().SingleAsync(row => row.Series == "race", Cancellation);
        Assert.Equal((1, 2), (delta.From, delta.To));
        Assert.Equal(mine.Current!.Message, (await db.Set<CompactSeriesRow>().SingleAsync(row => row.Series == "race", Cancellation)).Message);

        Task<CompactHistory.Step> StepAsync(CompactHistory history, int version)
        {
            var state = CompactState.Create([CompactList.Create("pm27110", 4096, [.. Enumerable.Range(0, version)], [])]);
            return history.NextAsync(
                state,
                new CompactStatusContent
                {
                    Series = "race",
                    StatusUriTemplate = "https://id.example.cn/status/{list}",
                    Version = version,
                    IssuedAt = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000 + version),
                    TimeToLive = TimeSpan.FromMinutes(15),
                    ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000),
                    StateDigest = state.Digest,
                    StateSize = state.Encode().Length,
                },
                key,
                Cancellation);
        }
    }

    /// <summary>Withdraws a holding, and waits until both nodes serve one statement of a later version than the one before.</summary>
    private async Task<byte[]> WithdrawnAsync(long number, byte[]? before)
    {
        await SetAsync(one, number);
        byte[]? now = null;
        await UntilAsync(async () =>
        {
            now = await TryGetAsync(one, Series);
            return now is not null && (before is null || VersionOf(now) > VersionOf(before)) && (await TryGetAsync(two, Series))?.AsSpan().SequenceEqual(now) == true;
        });
        return now!;
    }

    private long VersionOf(byte[] head) => CompactStatusToken.TryVerify(head, one.App.Services.GetRequiredService<TrustListSource>().Current.List, out var message, out var rejection)
        ? message.Content.Version
        : throw new InvalidOperationException(rejection.ToString());

    private async Task<bool> FollowAsync(TheServer node, OfflineVerifier verifier)
    {
        if (await TryGetAsync(node, $"{Series}/since/{verifier.Compact.All.Single().Message.Content.Version}") is not { } bytes)
        {
            return false;
        }

        Assert.True(CompactDeltas.TryRead(bytes, out var deltas));
        Assert.All(deltas, delta => Assert.Null(verifier.TakeCompact(delta.Message.Span, delta.Body.Span)));
        return true;
    }

    private StatusValue Says(OfflineVerifier verifier, StatusReference reference) =>
        verifier.Compact.Find(new StatusQuery("34", new Uri(one.Login, "/status/" + reference.List).AbsoluteUri, reference)).Value;

    private Task<StatusReference> IndexAsync(long number) =>
        one.App.Services.GetRequiredService<StatusIndices>().ForHoldingAsync(CredentialKind.Person, number, Today, CancellationToken.None);

    private static bool Leads(TheServer node) => node.App.Services.GetRequiredService<Leadership>().Leads;

    private static async Task SetAsync(TheServer node, long number)
    {
        await using var scope = node.App.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<StatusRegister>().SetHoldingAsync(CredentialKind.Person, number, StatusValue.Invalid, CancellationToken.None);
        await scope.ServiceProvider.GetRequiredService<ServerDbContext>().SaveChangesAsync();
    }

    // Each node by its own port, under the name that both have: as a balancer reaches them.
    private async Task<byte[]?> TryGetAsync(TheServer node, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node.Login, $"/status/compact/{path}"));
        request.Headers.Host = one.Login.Authority;
        using var answer = await http.SendAsync(request, Cancellation);
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsByteArrayAsync(Cancellation) : null;
    }

    private async Task<byte[]> GetAsync(TheServer node, string path) => await TryGetAsync(node, path) ?? throw new InvalidOperationException($"{path} is not there.");

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), "not within two minutes");
            await Task.Delay(100, Cancellation);
        }
    }
}
