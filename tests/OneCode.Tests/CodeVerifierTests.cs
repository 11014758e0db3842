using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using OneCode.Cli.Vectors;
using OneCode.Verifier;

namespace OneCode.Tests;

/// <summary>Fetching and keeping, against an issuer that answers from memory and a disk that is really there.</summary>
public sealed class CodeVerifierTests : IDisposable
{
    private static readonly Uri TrustUri = new("https://id.example.cn/trust/list");

    private static readonly Uri ChangesUri = new("https://id.example.cn/trust/roots");

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("onecode-verifier-");
    private readonly Issuer issuer = new();
    private readonly FakeTimeProvider clock = new(World.Now);

    public void Dispose()
    {
        issuer.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task What_is_missing_is_fetched_once_and_the_code_passes()
    {
        var verifier = Verifier();
        Assert.IsType<Verdict.Passed>(await verifier.VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken));
        Assert.IsType<Verdict.Passed>(await verifier.VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken));
        Assert.Equal(2, issuer.Requests.Count);
    }

    [Fact]
    public async Task Many_codes_at_once_fetch_what_they_lack_once_and_come_back_in_their_order()
    {
        var verifier = Verifier();
        var texts = Enumerable.Range(0, 50).Select(i => i % 5 == 3 ? "nonsense" : new ACode { Claims = ACode.PaperPerson with { Status = new StatusReference("pm27110", 100 + i) } }.Text()).ToList();
        var judgements = await verifier.JudgeAllAsync(texts, TestContext.Current.CancellationToken);
        Assert.Equal(2, issuer.Requests.Count);
        Assert.Equal(Enumerable.Range(0, 50).Select(i => i % 5 == 3 ? Answer.Invalid : Answer.Valid), judgements.Select(judgement => judgement.Answer));
        Assert.Equal(
            Enumerable.Range(0, 50).Where(i => i % 5 != 3).Select(i => 100 + i),
            judgements.Select(judgement => judgement.Verdict).OfType<Verdict.Passed>().Select(passed => passed.Credential.Claims.Status.Index));
    }

    [Fact]
    public async Task Many_codes_at_once_without_a_network_say_what_is_lacking()
    {
        issuer.Files.Clear();
        var judgements = await Verifier().JudgeAllAsync([new ACode().Text(), "nonsense", new ACode().Text()], TestContext.Current.CancellationToken);
        Assert.Equal(["TrustMissing", "Malformed", "TrustMissing"], judgements.Select(judgement => judgement.Reason));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Verifier().JudgeAllAsync([new ACode().Text()], new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_restart_without_network_still_has_its_lists()
    {
        Assert.IsType<Verdict.Passed>(await Verifier().VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken));
        issuer.Files.Clear();
        var restarted = Verifier();
        restarted.Load();
        Assert.IsType<Verdict.Passed>(restarted.Verify(new ACode().Text()));
    }

    [Fact]
    public async Task A_damaged_cache_is_passed_over_and_fetched_again()
    {
        Assert.IsType<Verdict.Passed>(await Verifier().VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken));
        foreach (var file in folder.EnumerateFiles())
        {
            await File.WriteAllBytesAsync(file.FullName, new byte[100], TestContext.Current.CancellationToken);
        }

        var restarted = Verifier();
        restarted.Load();
        Assert.IsType<Verdict.Indeterminate>(restarted.Verify(new ACode().Text()));
        Assert.IsType<Verdict.Passed>(await restarted.VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_older_list_from_the_network_changes_nothing()
    {
        var verifier = Verifier();
        await verifier.RefreshAsync(TestContext.Current.CancellationToken);
        issuer.Files[TrustUri.AbsoluteUri] = World.SignTrust(World.TrustContent with { Version = 6 });
        clock.Advance(TimeSpan.FromHours(25));
        await verifier.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal(7, verifier.Trust!.Content.Version);
        Assert.Equal(2, issuer.Requests.Count(request => request == TrustUri.AbsoluteUri));
    }

    [Fact]
    public async Task A_revocation_arrives_when_the_list_is_past_its_ttl()
    {
        var verifier = Verifier();
        Assert.IsType<Verdict.Passed>(await verifier.VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken));
        var newer = World.StatusContent("pm27110") with { IssuedAt = World.Now.AddMinutes(11) };
        newer.List.Set(World.CleanIndex, StatusValue.Invalid);
        issuer.Files[newer.Uri] = World.SignStatus(newer);
        clock.Advance(TimeSpan.FromMinutes(12));
        await verifier.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Rejection.Revoked, Assert.IsType<Verdict.Failed>(verifier.Verify(new ACode().Text())).Reason);
    }

    [Fact]
    public async Task Unknown_keys_do_not_make_a_flood()
    {
        var verifier = Verifier();
        for (var i = 0; i < 20; i++)
        {
            Assert.IsType<Verdict.Indeterminate>(await verifier.VerifyAsync(new ACode { Key = "stranger" }.Text(), TestContext.Current.CancellationToken));
        }

        Assert.Single(issuer.Requests);
    }

    [Fact]
    public async Task A_server_that_never_stops_sending_is_cut_off()
    {
        issuer.Files[TrustUri.AbsoluteUri] = new byte[TrustListToken.MaximumSize + 1];
        var verdict = await Verifier().VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken);
        Assert.Equal(Doubt.TrustMissing, Assert.IsType<Verdict.Indeterminate>(verdict).Missing);
    }

    [Fact]
    public async Task A_host_gets_one_verifier_that_loads_what_was_kept()
    {
        Assert.IsType<Verdict.Passed>(await Verifier().VerifyAsync(new ACode().Text(), TestContext.Current.CancellationToken));
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddOneCodeVerifier(World.Roots, options => options.CacheFolder = folder.FullName);
        await using var provider = services.BuildServiceProvider();
        var refresh = Assert.Single(provider.GetServices<IHostedService>());
        await refresh.StartAsync(TestContext.Current.CancellationToken);
        var verifier = provider.GetRequiredService<CodeVerifier>();
        for (var i = 0; i < 100 && verifier.Statuses.All.Count == 0; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.IsType<Verdict.Passed>(verifier.Verify(new ACode().Text()));
        await refresh.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_gate_that_slept_through_two_changes_of_roots_goes_on_by_the_newest_set_and_never_back()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var first = await ChangeAsync(new TrustRoots([TestKeys.Of("new-1").PublicKey, TestKeys.Of("new-2").PublicKey], 2) { Version = 2 }, "root-1", "root-2", "new-1", "new-2");
        var second = await ChangeAsync(new TrustRoots([TestKeys.Of("last-1").PublicKey], 1) { Version = 3 }, "new-1", "new-2", "last-1");
        issuer.Files[ChangesUri.AbsoluteUri] = [.. first, .. second];
        issuer.Files[TrustUri.AbsoluteUri] = World.SignTrust(World.TrustContent with { Version = 8 }, "last-1");

        // Pinned to the oldest set: the list is of strangers until the chain says who they are.
        var verifier = Verifier();
        Assert.IsType<Verdict.Passed>(await verifier.VerifyAsync(new ACode().Text(), cancellationToken));
        Assert.Equal((3, 8), (verifier.Roots.Version, verifier.Trust!.Content.Version));

        // Without network, from the disk, through the same steps.
        issuer.Files.Clear();
        var restarted = Verifier();
        restarted.Load();
        Assert.Equal(3, restarted.Roots.Version);
        Assert.IsType<Verdict.Passed>(restarted.Verify(new ACode().Text()));

        // The roots of yesterday sign nothing any more, and their change again changes nothing.
        Assert.Equal(TrustListRejection.ThresholdNotMet, restarted.TakeTrustList(World.SignTrust(World.TrustContent with { Version = 99 }, "root-1", "root-2")));
        Assert.NotNull(restarted.TakeRoots(first));
        Assert.Equal(3, restarted.Roots.Version);
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("forged")]
    [InlineData("half")]
    public async Task A_chain_that_does_not_hold_leads_nowhere(string how)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var good = await ChangeAsync(new TrustRoots([TestKeys.Of("new-1").PublicKey], 1) { Version = 2 }, "root-1", "root-2", "new-1");
        issuer.Files[ChangesUri.AbsoluteUri] = how switch
        {
            "damaged" => good[..^1],
            "forged" => await ChangeAsync(new TrustRoots([TestKeys.Of("thief").PublicKey], 1) { Version = 2 }, "stranger", "thief"),
            // The link between the two is withheld.
            _ => await ChangeAsync(new TrustRoots([TestKeys.Of("last-1").PublicKey], 1) { Version = 3 }, "new-1", "last-1"),
        };
        issuer.Files[TrustUri.AbsoluteUri] = World.SignTrust(World.TrustContent with { Version = 8 }, how == "forged" ? "thief" : "last-1");
        var verifier = Verifier();
        Assert.Equal(Doubt.TrustMissing, Assert.IsType<Verdict.Indeterminate>(await verifier.VerifyAsync(new ACode().Text(), cancellationToken)).Missing);
        Assert.Equal(1, verifier.Roots.Version);
    }

    [Fact]
    public async Task A_damaged_chain_on_disk_is_passed_over_and_fetched_again()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        issuer.Files[ChangesUri.AbsoluteUri] = await ChangeAsync(new TrustRoots([TestKeys.Of("new-1").PublicKey], 1) { Version = 2 }, "root-1", "root-2", "new-1");
        issuer.Files[TrustUri.AbsoluteUri] = World.SignTrust(World.TrustContent with { Version = 8 }, "new-1");
        await Verifier().RefreshAsync(cancellationToken);
        var file = Path.Combine(folder.FullName, "root-changes.cose");
        await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file, cancellationToken))[..^7], cancellationToken);
        var restarted = Verifier();
        restarted.Load();
        Assert.Equal(1, restarted.Roots.Version);
        Assert.Null(restarted.Trust);
        await restarted.RefreshAsync(cancellationToken);
        Assert.Equal((2, 8), (restarted.Roots.Version, restarted.Trust!.Content.Version));
    }

    [Fact]
    public async Task A_change_of_roots_that_could_not_be_kept_does_not_count_and_can_be_taken_again()
    {
        var change = await ChangeAsync(new TrustRoots([TestKeys.Of("new-1").PublicKey], 1) { Version = 2 }, "root-1", "root-2", "new-1");
        var verifier = Verifier();
        var obstacle = Directory.CreateDirectory(Path.Combine(folder.FullName, "root-changes.cose"));
        Assert.ThrowsAny<IOException>(() => verifier.TakeRoots(change));
        Assert.Equal(1, verifier.Roots.Version);

        obstacle.Delete();
        Assert.Null(verifier.TakeRoots(change));
        Assert.Equal(2, verifier.Roots.Version);
        var restarted = Verifier();
        restarted.Load();
        Assert.Equal(2, restarted.Roots.Version);
    }

    [Fact]
    public async Task As_many_changes_of_roots_are_taken_as_are_read_back()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        var verifier = Verifier();
        var signers = new[] { "root-1", "root-2" };
        for (var version = 2; version <= TrustRootsToken.MaximumChanges + 2; version++)
        {
            var next = $"link-{version % 2}";
            var change = await ChangeAsync(new TrustRoots([TestKeys.Of(next).PublicKey], 1) { Version = version }, [.. signers, next]);
            Assert.Equal(version <= TrustRootsToken.MaximumChanges + 1 ? null : TrustListRejection.Malformed, verifier.TakeRoots(change));
            signers = [next];
        }

        Assert.Equal(TrustRootsToken.MaximumChanges + 1, verifier.Roots.Version);
        var restarted = Verifier();
        restarted.Load();
        Assert.Equal(verifier.Roots.Version, restarted.Roots.Version);
        Assert.True(TrustRootsToken.TryReadChain(await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "root-changes.cose"), cancellationToken), out var chain));
        Assert.Equal(TrustRootsToken.MaximumChanges, chain.Count);
    }

    [Fact]
    public void The_same_trust_list_again_leaves_what_is_remembered()
    {
        var verifier = Verifier();
        var bytes = World.SignTrust(World.TrustContent, "root-1", "root-2");
        Assert.Null(verifier.TakeTrustList(bytes));
        var held = verifier.Trust;
        Assert.Null(verifier.TakeTrustList(bytes));
        Assert.Same(held, verifier.Trust);
    }

    private static async Task<byte[]> ChangeAsync(TrustRoots next, params string[] signers) =>
        await TrustRootsToken.Prepare(next).CompleteAsync([.. signers.Select(TestKeys.Of)], TestContext.Current.CancellationToken);

    private CodeVerifier Verifier() => new(
        World.Roots,
        new CodeVerifierOptions { TrustListUri = TrustUri, RootChangesUri = ChangesUri, CacheFolder = folder.FullName },
        new HttpClient(issuer, disposeHandler: false),
        clock);

    private sealed class Issuer : HttpMessageHandler
    {
        public Dictionary<string, byte[]> Files { get; } = Published();

        public List<string> Requests { get; } = [];

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests.Add(request.RequestUri!.AbsoluteUri);
            return Task.FromResult(Files.TryGetValue(request.RequestUri.AbsoluteUri, out var bytes)
                ? new HttpResponseMessage(HttpStatusCode.OK) { Content = new ByteArrayContent(bytes) }
                : new HttpResponseMessage(HttpStatusCode.NotFound));
        }

        private static Dictionary<string, byte[]> Published()
        {
            var files = new Dictionary<string, byte[]> { [TrustUri.AbsoluteUri] = World.Trust };
            foreach (var list in World.StatusLists)
            {
                var verifier = Holding.Trust();
                _ = verifier.TakeStatusList(list);
                files[verifier.Statuses.All.Single().Content.Uri] = list;
            }

            return files;
        }
    }
}
