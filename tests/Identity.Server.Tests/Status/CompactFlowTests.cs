using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Trust;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
using Xunit;

namespace Identity.Server.Tests.Status;

/// <summary>The compact form as a verifier gets it from a running server.</summary>
public sealed class CompactFlowTests : IAsyncLifetime
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    private static readonly string Repository = typeof(CompactFlowTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(item => item.Key == "RepositoryRoot").Value!;

    private readonly TheServer server = new(new() { ["Status:PublishWithin"] = "00:00:01", ["Logging:LogLevel:Default"] = "Error" });
    private HttpClient http = null!;
    private OfflineVerifier verifier = null!;

    public async ValueTask InitializeAsync()
    {
        await server.InitializeAsync();
        http = new HttpClient { BaseAddress = server.Login };
        var trust = server.App.Services.GetRequiredService<TrustListSource>().Current;
        verifier = new OfflineVerifier(trust.Roots);
        Assert.Null(verifier.TakeTrustList(trust.Signed.Span));
    }

    public async ValueTask DisposeAsync()
    {
        http?.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_withdrawal_reaches_a_snapshot_and_then_by_delta_whoever_holds_it()
    {
        var metadata = await http.GetFromJsonAsync<JsonNode>("/.well-known/onecode-configuration", TestContext.Current.CancellationToken);
        var address = (string)metadata!["compact_status_uri"]!;
        var (first, second) = (await IndexAsync(7), await IndexAsync(8));
        var series = CompactPublisher.SeriesOf(StatusNames.DayGroup(CredentialKind.Person, Today));
        await SetAsync(7, StatusValue.Invalid);
        await UntilAsync(async () => await TakeSnapshotAsync(address, series) && Says(first) == StatusValue.Invalid);
        Assert.Equal(StatusValue.Valid, Says(second));
        var names = await http.GetFromJsonAsync<JsonNode>(address, TestContext.Current.CancellationToken);
        Assert.Contains(series, names!["series"]!.AsArray().Select(name => (string)name!));

        await SetAsync(8, StatusValue.Suspended);
        await UntilAsync(async () => await FollowAsync(address, series) && Says(second) == StatusValue.Suspended);
        Assert.Equal(StatusValue.Invalid, Says(first));
        await SetAsync(8, StatusValue.Valid);
        await UntilAsync(async () => await FollowAsync(address, series) && Says(second) == StatusValue.Valid);

        // What the token lists say, no more and no less.
        var held = Assert.Single(verifier.Compact.All);
        var board = server.App.Services.GetRequiredService<StatusBoard>();
        Assert.All(held.State.Lists, list => Assert.Equal(
            CompactList.Create(list.Name, StatusListJwt.ReadOwn(board.Find(list.Name)!.Published!.Jwt)).Withdrawn(), list.Withdrawn()));
    }

    [Fact]
    public async Task A_state_is_named_by_its_bytes_and_a_broken_download_of_it_goes_on()
    {
        var address = new Uri(server.Login, "/status/compact").AbsoluteUri;
        await UntilAsync(async () => (await http.GetAsync($"{address}/pm", TestContext.Current.CancellationToken)).StatusCode == HttpStatusCode.NotFound
            && (await http.GetAsync($"{address}/{CompactPublisher.SeriesOf(StatusNames.DayGroup(CredentialKind.Person, Today))}", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        var head = await http.GetByteArrayAsync(new Uri($"{address}/{StatusNames.DayGroup(CredentialKind.Person, Today)}"), TestContext.Current.CancellationToken);
        Assert.True(CompactStatusToken.TryVerify(head, verifier.Trust!, out var message, out _));
        var digest = Convert.ToHexStringLower(message.BodyDigest.Span);
        using var whole = await http.GetAsync(new Uri($"{address}/state/{digest}"), TestContext.Current.CancellationToken);
        var body = await whole.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(body)));
        Assert.Equal($"\"{digest}\"", whole.Headers.ETag!.Tag);
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{address}/state/{digest}");
        request.Headers.Range = new RangeHeaderValue(5, null);
        using var rest = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.PartialContent, rest.StatusCode);
        Assert.Equal(body[5..], await rest.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri($"{address}/state/{new string('0', 64)}"), TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri($"{address}/pd991231/since/1"), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task From_any_version_the_way_to_the_newest_is_short_and_right()
    {
        using var key = new SoftwareSigner(ECDsa.Create(ECCurve.NamedCurves.nistP256));
        var history = new CompactHistory("pm");
        var states = new List<CompactState>();
        for (var version = 1; version <= 150; version++)
        {
            states.Add(CompactState.Create([CompactList.Create("pm27110", 4096, [.. Enumerable.Range(0, version)], [])]));
            history.Take(await history.NextAsync(states[^1], Content(states[^1], version), key, TestContext.Current.CancellationToken));
        }

        for (var version = 1; version <= 150; version++)
        {
            var way = history.Since(version)!;
            Assert.InRange(way.Count, 0, 14);
            var state = states[version - 1];
            foreach (var delta in way)
            {
                Assert.True(state.TryApply(delta.Changes, out var next));
                state = next;
            }

            Assert.Equal(states[^1].Digest.ToArray(), state.Digest.ToArray());
        }

        Assert.Null(history.Since(0));
        Assert.Null(history.Since(151));
    }

    [Fact]
    public async Task The_JavaScript_verifier_downloads_it_too_and_goes_on_by_deltas()
    {
        var reference = await IndexAsync(21);
        await SetAsync(20, StatusValue.Invalid);
        var address = new Uri(server.Login, $"/status/compact/{CompactPublisher.SeriesOf(StatusNames.DayGroup(CredentialKind.Person, Today))}").AbsoluteUri;
        await UntilAsync(async () => (await http.GetAsync(new Uri(address), TestContext.Current.CancellationToken)).IsSuccessStatusCode);
        var script = Path.Combine(server.Directory, "gate.mjs");
        await File.WriteAllTextAsync(script, $$"""
            import { createInterface } from 'node:readline';
            import { CodeVerifier } from '{{new Uri(Path.Combine(Repository, "src", "OneCode.Web", "site", "onecode", "verifier.js"))}}';
            let ahead = 0;
            const asked = [];
            const verifier = await CodeVerifier.open({
              roots: JSON.parse(process.argv[2]), trustListUri: '{{server.Login}}trust/list', metadataUri: '{{server.Login}}.well-known/onecode-configuration', retry: 0,
              clock: () => Date.now() / 1000 + ahead, fetch: (uri, options) => { asked.push(uri); return fetch(uri, options); },
            });
            for await (const line of createInterface({ input: process.stdin })) {
              const [uri, list, index] = line.split(' ');
              await verifier.refresh();
              ahead += 3600;
              const said = verifier.compact.map((series) => series.find(uri, list)).find((found) => found?.size > 0)?.get(Number(index));
              console.log(`${said} ${asked.some((path) => path.includes('/since/'))}`);
            }
            """, TestContext.Current.CancellationToken);
        using var gate = Process.Start(
            new ProcessStartInfo("node", [script, server.App.Services.GetRequiredService<TrustListSource>().Current.RootsJson]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("0 false", await AskAsync());
            await SetAsync(21, StatusValue.Invalid);
            await UntilAsync(async () => await AskAsync() == "1 true");
        }
        finally
        {
            gate.Kill();
        }

        async Task<string?> AskAsync()
        {
            await gate.StandardInput.WriteLineAsync($"{new Uri(server.Login, "/status/" + reference.List)} {reference.List} {reference.Index}");
            return await gate.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        }
    }

    private static CompactStatusContent Content(CompactState state, long version) => new()
    {
        Series = "pm",
        StatusUriTemplate = "https://id.example.cn/status/{list}",
        Version = version,
        IssuedAt = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000 + version),
        TimeToLive = TimeSpan.FromMinutes(15),
        ExpiresAt = DateTimeOffset.FromUnixTimeSeconds(1_900_000_000),
        StateDigest = state.Digest,
        StateSize = state.Encode().Length,
    };

    private async Task<bool> TakeSnapshotAsync(string address, string series)
    {
        using var answer = await http.GetAsync(new Uri($"{address}/{series}"), TestContext.Current.CancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return false;
        }

        var head = await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        Assert.True(CompactStatusToken.TryVerify(head, verifier.Trust!, out var message, out var rejection), rejection?.ToString());
        var body = await http.GetByteArrayAsync(new Uri($"{address}/state/{Convert.ToHexStringLower(message.BodyDigest.Span)}"), TestContext.Current.CancellationToken);
        Assert.Null(verifier.TakeCompact(head, body));
        return true;
    }

    private async Task<bool> FollowAsync(string address, string series)
    {
        var held = verifier.Compact.All.Single().Message.Content.Version;
        var bytes = await http.GetByteArrayAsync(new Uri($"{address}/{series}/since/{held}"), TestContext.Current.CancellationToken);
        Assert.True(CompactDeltas.TryRead(bytes, out var deltas));
        foreach (var (message, changes) in deltas)
        {
            Assert.Null(verifier.TakeCompact(message.Span, changes.Span));
        }

        return deltas.Count > 0;
    }

    private StatusValue Says(StatusReference reference)
    {
        var uri = new Uri(server.Login, "/status/" + reference.List).AbsoluteUri;
        var answer = verifier.Compact.Find(new StatusQuery("34", uri, reference));
        Assert.Equal(StatusAnswer.Knowledge.Value, answer.Knows);
        return answer.Value;
    }

    private Task<StatusReference> IndexAsync(long number) =>
        server.App.Services.GetRequiredService<StatusIndices>().ForHoldingAsync(CredentialKind.Person, number, Today, CancellationToken.None);

    private async Task SetAsync(long number, StatusValue value)
    {
        await using var scope = server.App.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<StatusRegister>().SetHoldingAsync(CredentialKind.Person, number, value, CancellationToken.None);
        await scope.ServiceProvider.GetRequiredService<ServerDbContext>().SaveChangesAsync();
    }

    // Published within a second or two; a machine that also builds gets a minute.
    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), "not within a minute");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
