using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using OneCode.Cli.Vectors;
using OneCode.Verifier;

namespace OneCode.Tests;

/// <summary>Downloading compact status: from an issuer that answers from memory and breaks off, onto a disk that is really there.</summary>
public sealed class CompactVerifierTests : IDisposable
{
    private static readonly Uri TrustUri = new("https://id.example.cn/trust/list");
    private static readonly Uri MetadataUri = new("https://id.example.cn/.well-known/onecode-configuration");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("onecode-compact-");
    private readonly Issuer issuer = new();
    private readonly FakeTimeProvider clock = new(World.Now);

    public void Dispose()
    {
        issuer.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_snapshot_that_the_metadata_offers_is_fetched_once_and_codes_pass_by_it()
    {
        issuer.Publish(1, Lists(World.RevokedIndex));
        var verifier = await RefreshedAsync();
        Assert.IsType<Verdict.Passed>(verifier.Verify(new ACode().Text()));
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(Code(World.RevokedIndex))).Reason);
        Assert.DoesNotContain(issuer.Requests, request => request.Contains("/34/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_missed_arrives_by_deltas_and_no_second_snapshot()
    {
        issuer.Publish(1, Lists(World.RevokedIndex));
        var verifier = await RefreshedAsync();
        issuer.Publish(2, Lists(World.RevokedIndex, 400));
        issuer.Publish(3, Lists(World.RevokedIndex, 400, World.CleanIndex));
        await AgainAsync(verifier);
        Assert.Equal(3, Assert.Single(verifier.Compact.All).Message.Content.Version);
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(new ACode().Text())).Reason);
        Assert.Single(issuer.Requests, request => request.Contains("/state/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Too_old_for_deltas_the_snapshot_is_fetched_anew()
    {
        issuer.Publish(1, Lists(World.RevokedIndex));
        var verifier = await RefreshedAsync();
        issuer.Publish(9, Lists(World.RevokedIndex, World.CleanIndex));
        issuer.ForgetDeltas();
        await AgainAsync(verifier);
        Assert.Equal(9, Assert.Single(verifier.Compact.All).Message.Content.Version);
        Assert.Equal(2, issuer.Requests.Count(request => request.Contains("/state/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_download_that_broke_off_goes_on_where_it_stopped()
    {
        issuer.Publish(1, Lists([.. Enumerable.Range(100, 600)]));
        issuer.BreakOffAfter = 50;
        var verifier = await RefreshedAsync();
        Assert.Empty(verifier.Compact.All);
        Assert.Single(folder.EnumerateFiles("*.part"));
        issuer.BreakOffAfter = null;
        await AgainAsync(verifier);
        Assert.Single(verifier.Compact.All);
        Assert.Equal(50, issuer.LastRange);
        Assert.Empty(folder.EnumerateFiles("*.part"));
    }

    [Fact]
    public async Task A_server_that_stops_sending_is_left_and_what_came_is_kept()
    {
        issuer.Publish(1, Lists([.. Enumerable.Range(100, 600)]));
        issuer.BreakOffAfter = 50;
        issuer.StopsSending = true;
        var verifier = Verifier(TimeSpan.FromSeconds(1));
        await verifier.RefreshAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        Assert.Equal(50, Assert.Single(folder.EnumerateFiles("*.part")).Length);
    }

    [Fact]
    public async Task What_is_left_of_a_download_that_nobody_wants_any_more_goes()
    {
        issuer.Publish(1, Lists([.. Enumerable.Range(100, 600)]));
        issuer.BreakOffAfter = 50;
        var verifier = await RefreshedAsync();
        issuer.BreakOffAfter = null;
        issuer.Publish(2, Lists([.. Enumerable.Range(100, 601)]));
        await AgainAsync(verifier);
        Assert.Single(verifier.Compact.All);
        Assert.Empty(folder.EnumerateFiles("*.part"));
    }

    [Fact]
    public async Task An_old_statement_of_some_cache_beside_new_deltas_costs_no_download_and_takes_nothing_back()
    {
        issuer.Publish(1, Lists(World.RevokedIndex));
        var verifier = await RefreshedAsync();
        issuer.Publish(2, Lists(World.RevokedIndex, 400));
        var old = issuer.Files["https://id.example.cn/status/compact/pm"];
        issuer.Publish(3, Lists(World.RevokedIndex, 400, World.CleanIndex));
        issuer.Files["https://id.example.cn/status/compact/pm"] = old;
        await AgainAsync(verifier);
        Assert.Equal(3, Assert.Single(verifier.Compact.All).Message.Content.Version);
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(new ACode().Text())).Reason);
        Assert.Single(issuer.Requests, request => request.Contains("/state/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_broken_off_download_whose_beginning_rotted_is_thrown_away_and_begun_again()
    {
        issuer.Publish(1, Lists([.. Enumerable.Range(100, 600)]));
        issuer.BreakOffAfter = 50;
        var verifier = await RefreshedAsync();
        var part = folder.EnumerateFiles("*.part").Single().FullName;
        await File.WriteAllBytesAsync(part, new byte[50], TestContext.Current.CancellationToken);
        issuer.BreakOffAfter = null;
        await AgainAsync(verifier);
        Assert.Empty(verifier.Compact.All);
        await AgainAsync(verifier);
        Assert.Single(verifier.Compact.All);
    }

    [Fact]
    public async Task A_restart_without_network_has_the_series_and_a_damaged_file_is_passed_over()
    {
        issuer.Publish(1, Lists(World.RevokedIndex));
        await RefreshedAsync();
        issuer.IsDown = true;
        var restarted = Verifier();
        restarted.Load();
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(restarted.Verify(Code(World.RevokedIndex))).Reason);

        var file = folder.EnumerateFiles("*.compact").Single().FullName;
        var bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        bytes[^2] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        var damaged = Verifier();
        damaged.Load();
        Assert.Empty(damaged.Compact.All);
    }

    [Fact]
    public async Task A_withdrawal_counts_when_the_state_has_long_expired()
    {
        issuer.Publish(1, Lists(World.CleanIndex));
        var verifier = await RefreshedAsync();
        issuer.IsDown = true;
        clock.Advance(TimeSpan.FromDays(20));
        await verifier.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(new ACode().Text())).Reason);
        Assert.Equal(Doubt.StatusStale, Assert.IsType<Verdict.Indeterminate>(verifier.Verify(Code(World.RevokedIndex))).Missing);
    }

    [Fact]
    public async Task An_issuer_that_goes_back_changes_nothing()
    {
        issuer.Publish(5, Lists(World.RevokedIndex, World.CleanIndex));
        var verifier = await RefreshedAsync();
        issuer.ForgetDeltas();
        issuer.Publish(4, Lists(World.RevokedIndex));
        await AgainAsync(verifier);
        Assert.Equal(5, Assert.Single(verifier.Compact.All).Message.Content.Version);
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(new ACode().Text())).Reason);
    }

    [Fact]
    public async Task Where_no_compact_form_is_offered_status_lists_are_fetched()
    {
        foreach (var list in World.StatusLists)
        {
            var holding = Holding.Trust();
            _ = holding.TakeStatusList(list);
            issuer.Files[holding.Statuses.All.Single().Content.Uri] = list;
        }

        issuer.Files[MetadataUri.AbsoluteUri] = "{}"u8.ToArray();
        var verifier = await RefreshedAsync();
        Assert.Empty(verifier.Compact.All);
        Assert.IsType<Verdict.Passed>(await verifier.VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("/.well-known/onecode-configuration", """{"compact_status_uri":"\ud800"}""")]
    [InlineData("/.well-known/onecode-configuration", """{"\ud800":1,"compact_status_uri":"https://id.example.cn/status/compact"}""")]
    [InlineData("/.well-known/onecode-configuration", """["compact_status_uri"]""")]
    [InlineData("/.well-known/onecode-configuration", "{")]
    [InlineData("/status/compact", """{"series":["pm","\ud800"]}""")]
    [InlineData("/status/compact", """{"series":"pm"}""")]
    [InlineData("/status/compact", "[")]
    public async Task A_server_that_says_nonsense_offers_nothing_and_stops_nobody(string path, string json)
    {
        issuer.Publish(1, Lists(World.RevokedIndex));
        issuer.Files["https://id.example.cn" + path] = Encoding.UTF8.GetBytes(json);
        var verifier = await RefreshedAsync();
        Assert.NotNull(verifier.Trust);
        Assert.Empty(verifier.Compact.All);
    }

    private static CompactState Lists(params int[] withdrawn) => CompactState.Create([CompactList.Create("pm27110", 4096, [.. withdrawn.Order()], [])]);

    private static string Code(int index) => new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", index) } }.Text();

    private async Task<CodeVerifier> RefreshedAsync()
    {
        var verifier = Verifier();
        await verifier.RefreshAsync(TestContext.Current.CancellationToken);
        return verifier;
    }

    private async Task AgainAsync(CodeVerifier verifier)
    {
        clock.Advance(TimeSpan.FromMinutes(16));
        await verifier.RefreshAsync(TestContext.Current.CancellationToken);
    }

    private CodeVerifier Verifier(TimeSpan? patience = null) => new(
        World.Roots,
        new CodeVerifierOptions { TrustListUri = TrustUri, MetadataUri = MetadataUri, CacheFolder = folder.FullName },
        new HttpClient(issuer, disposeHandler: false) { Timeout = patience ?? TimeSpan.FromMinutes(2) },
        clock);

    private sealed class Issuer : HttpMessageHandler
    {
        private const string Base = "https://id.example.cn/status/compact";

        private readonly List<(long Version, CompactState State)> published = [];

        public Dictionary<string, byte[]> Files { get; } = new()
        {
            [TrustUri.AbsoluteUri] = World.Trust,
            [MetadataUri.AbsoluteUri] = Encoding.UTF8.GetBytes($$"""{"compact_status_uri":"{{Base}}"}"""),
            [Base] = """{"series":["pm","../../etc/passwd",7]}"""u8.ToArray(),
        };

        public List<string> Requests { get; } = [];

        public bool IsDown { get; set; }

        public int? BreakOffAfter { get; set; }

        public bool StopsSending { get; set; }

        public long? LastRange { get; private set; }

        public void Publish(long version, CompactState state)
        {
            var snapshot = CompactVectors.Snapshot(state, version, (int)version);
            Files[Base + "/pm"] = snapshot.Message;
            Files[$"{Base}/state/{Convert.ToHexStringLower(SHA256.HashData(snapshot.Body))}"] = snapshot.Body;
            published.Add((version, state));
            for (var from = 0; from < published.Count - 1; from++)
            {
                var way = Enumerable.Range(from, published.Count - 1 - from).Select(at => CompactVectors.Delta(published[at].State, published[at].Version, published[at + 1].State, published[at + 1].Version, (int)published[at + 1].Version));
                Files[$"{Base}/pm/since/{published[from].Version}"] = CompactDeltas.Write(way.Select(step => ((ReadOnlyMemory<byte>)step.Message, (ReadOnlyMemory<byte>)step.Body)));
            }
        }

        public void ForgetDeltas()
        {
            published.Clear();
            foreach (var way in Files.Keys.Where(file => file.Contains("/since/", StringComparison.Ordinal)).ToList())
            {
                Files.Remove(way);
            }
        }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var address = request.RequestUri!.AbsoluteUri;
            Requests.Add(address);
            if (IsDown || !Files.TryGetValue(address, out var bytes))
            {
                return Task.FromResult(new HttpResponseMessage(IsDown ? HttpStatusCode.BadGateway : HttpStatusCode.NotFound));
            }

            var isState = address.Contains("/state/", StringComparison.Ordinal);
            var from = isState ? request.Headers.Range?.Ranges.Single().From ?? 0 : 0;
            LastRange = isState ? from : LastRange;
            var rest = bytes[(int)from..];
            var content = isState && BreakOffAfter is { } limit ? new StreamContent(new BrokenStream(rest[..limit], StopsSending)) : (HttpContent)new ByteArrayContent(rest);
            content.Headers.ContentRange = from > 0 ? new ContentRangeHeaderValue(from, bytes.Length - 1, bytes.Length) : null;
            return Task.FromResult(new HttpResponseMessage(from > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK) { Content = content });
        }
    }

    /// <summary>A connection that drops, or over which nothing comes any more.</summary>
    private sealed class BrokenStream(byte[] bytes, bool stands) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (await base.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                return read;
            }

            await Task.Delay(stands ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, cancellationToken);
            throw new IOException("The connection was closed.");
        }
    }
}
