using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
using StackExchange.Redis;
using Xunit;

namespace Identity.Server.Tests.Status;

/// <summary>From "withdraw" to what verifiers see, on each store that a province may run on.</summary>
public sealed class StatusFlowTests(PostgresServer postgres)
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);

    [Theory]
    [InlineData("Sqlite", false)]
    [InlineData("Postgres", false)]
    [InlineData("Postgres", true)]
    public async Task A_withdrawn_holding_is_invalid_within_two_seconds_and_soon_on_the_signed_list(string provider, bool withRedis)
    {
        await using var redis = withRedis ? await RedisServer.StartAsync() : null;
        await using var server = await StartAsync(provider, redis);
        var reference = await server.IndexAsync(7, Today.AddDays(1));
        Assert.Equal(StatusValue.Valid, (await server.ReadAsync(reference)).Value);

        await server.SetAsync(7, StatusValue.Invalid);
        var watch = Stopwatch.StartNew();
        await UntilAsync(async () => (await server.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(2));
        var online = watch.Elapsed;
        await UntilAsync(async () => (await server.DownloadAsync(reference.List)).Content.List.Get(reference.Index) == StatusValue.Invalid, TimeSpan.FromSeconds(20));
        TestContext.Current.SendDiagnosticMessage($"{provider}{(withRedis ? " and Redis" : "")}: online after {online.TotalMilliseconds:F0} ms, on the list after {watch.ElapsedMilliseconds} ms");

        // Every day on which a credential of this holding can end, and nobody else's.
        foreach (var day in Enumerable.Range(0, 10).Select(Today.AddDays))
        {
            var on = await server.IndexAsync(7, day);
            Assert.Equal(StatusValue.Invalid, (await server.ReadAsync(on)).Value);
            Assert.Equal(StatusValue.Valid, (await server.ReadAsync(await server.IndexAsync(8, day))).Value);
        }
    }

    [Fact]
    public async Task A_suspended_holding_can_be_resumed_and_a_withdrawn_one_cannot()
    {
        await using var server = await StartAsync("Sqlite", null);
        var reference = await server.IndexAsync(1, Today);
        await server.SetAsync(1, StatusValue.Suspended);
        await UntilAsync(async () => (await server.DownloadAsync(reference.List)).Content.List.Get(reference.Index) == StatusValue.Suspended, TimeSpan.FromSeconds(20));
        await server.SetAsync(1, StatusValue.Valid);
        await UntilAsync(async () => (await server.DownloadAsync(reference.List)).Content.List.Get(reference.Index) == StatusValue.Valid, TimeSpan.FromSeconds(20));
        await server.SetAsync(1, StatusValue.Invalid);
        await server.SetAsync(1, StatusValue.Valid);
        await UntilAsync(async () => (await server.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(2));
        Assert.Equal(StatusValue.Invalid, (await server.ReadAsync(reference)).Value);
    }

    [Fact]
    public async Task A_printed_credential_has_an_index_of_its_own_on_a_list_that_is_published_at_once()
    {
        await using var server = await StartAsync("Sqlite", null);
        var indices = server.Server.App.Services.GetRequiredService<StatusIndices>();
        var references = new HashSet<StatusReference>();
        for (var i = 0; i < 100; i++)
        {
            references.Add(await indices.ForPrintedAsync(CredentialKind.Enterprise, Today.AddYears(4), CancellationToken.None));
        }

        Assert.Equal(100, references.Count);
        var first = references.First();
        Assert.StartsWith("em", first.List, StringComparison.Ordinal);
        Assert.Equal(StatusValue.Valid, (await server.DownloadAsync(first.List)).Content.List.Get(first.Index));
    }

    [Fact]
    public async Task Whoever_has_the_keys_finds_the_holding_from_a_status_reference()
    {
        await using var server = await StartAsync("Sqlite", null);
        var indices = server.Server.App.Services.GetRequiredService<StatusIndices>();
        var reference = await indices.ForHoldingAsync(CredentialKind.Vehicle, 123_456, Today.AddDays(3), CancellationToken.None);
        Assert.True(indices.TryFindHolding(reference, out var kind, out var number));
        Assert.Equal((CredentialKind.Vehicle, 123_456L), (kind, number));
        Assert.NotEqual(reference.Index, (await indices.ForHoldingAsync(CredentialKind.Vehicle, 123_456, Today.AddDays(4), CancellationToken.None)).Index);
    }

    [Fact]
    public async Task A_day_that_is_full_gets_more_lists_and_moves_nobody()
    {
        await using var server = await StartAsync("Sqlite", null);
        var indices = server.Server.App.Services.GetRequiredService<StatusIndices>();
        var before = await indices.ForHoldingAsync(CredentialKind.Person, 5, Today, CancellationToken.None);
        var beyond = await indices.ForHoldingAsync(CredentialKind.Person, StatusNames.ShardSize + 5, Today, CancellationToken.None);
        Assert.EndsWith("1", beyond.List, StringComparison.Ordinal);
        Assert.Equal(before, await indices.ForHoldingAsync(CredentialKind.Person, 5, Today, CancellationToken.None));
        Assert.True(indices.TryFindHolding(beyond, out _, out var number));
        Assert.Equal(StatusNames.ShardSize + 5, number);
        Assert.NotNull(await server.DownloadAsync(beyond.List));
    }

    [Fact]
    public async Task Redis_holds_the_very_bytes_that_are_published()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await StartAsync("Sqlite", redis);
        for (var number = 0; number < 50; number++)
        {
            await server.SetAsync(number, number % 3 == 0 ? StatusValue.Suspended : StatusValue.Invalid);
        }

        var reference = await server.IndexAsync(49, Today);
        await UntilAsync(async () => (await server.DownloadAsync(reference.List)).Content.List.Get(reference.Index) == StatusValue.Invalid, TimeSpan.FromSeconds(20));
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        await UntilAsync(async () => await database.HashGetAsync(RedisProjection.HeaderOf(reference.List), "count") == 50, TimeSpan.FromSeconds(2));
        byte[]? bits = await database.StringGetAsync(RedisProjection.BitsOf(reference.List));
        Assert.True((await server.DownloadAsync(reference.List)).Content.List.Bytes.SequenceEqual(bits));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bits!)), (string?)await database.HashGetAsync(RedisProjection.HeaderOf(reference.List), "digest"));
    }

    [Fact]
    public async Task An_emptied_redis_never_makes_a_withdrawn_code_valid()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await StartAsync("Sqlite", redis);
        var reference = await server.IndexAsync(3, Today);
        await server.SetAsync(3, StatusValue.Invalid);
        await UntilAsync(async () => (await server.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(2));
        var projection = server.Server.App.Services.GetRequiredService<RedisProjection>();
        var board = server.Server.App.Services.GetRequiredService<StatusBoard>();
        var list = board.Find(reference.List)!;
        await UntilAsync(async () => await projection.ReadAsync(list, reference.Index) == StatusValue.Invalid, TimeSpan.FromSeconds(3));

        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString + ",allowAdmin=true");
        var flushing = connection.GetServers()[0];
        var (asked, unknown) = (0, 0);
        for (var round = 0; round < 20; round++)
        {
            var reads = Enumerable.Range(0, 50).Select(_ => projection.ReadAsync(list, reference.Index).AsTask()).ToList();
            await flushing.FlushAllDatabasesAsync();
            reads.AddRange(Enumerable.Range(0, 50).Select(_ => projection.ReadAsync(list, reference.Index).AsTask()));
            foreach (var value in await Task.WhenAll(reads))
            {
                asked++;
                unknown += value is null ? 1 : 0;
                Assert.NotEqual(StatusValue.Valid, value);
            }

            // And the answer that the verifier gets, from a board that has not heard of the database for a while.
            board.ConfirmedAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromMinutes(1);
            Assert.Equal(StatusValue.Invalid, (await server.ReadAsync(reference)).Value);
        }

        Assert.InRange(unknown, 1, asked);
        // The reconciler brings it back.
        await UntilAsync(async () => await projection.ReadAsync(list, reference.Index) == StatusValue.Invalid, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Without_its_redis_the_server_starts_withdraws_and_answers()
    {
        var redis = await RedisServer.StartAsync();
        var connectionString = redis.ConnectionString;
        await redis.DisposeAsync();
        await using var server = await StartAsync("Sqlite", null, new() { ["ConnectionStrings:Redis"] = connectionString });
        var reference = await server.IndexAsync(3, Today);
        var watch = Stopwatch.StartNew();
        await server.SetAsync(3, StatusValue.Invalid);
        await UntilAsync(async () => (await server.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(2));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task A_redis_that_dies_and_comes_back_empty_is_written_anew()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var server = await StartAsync("Sqlite", redis);
        await redis.KillAsync();
        var reference = await server.IndexAsync(3, Today);
        await server.SetAsync(3, StatusValue.Invalid);
        await UntilAsync(async () => (await server.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(2));
        await redis.RestartAsync();
        var projection = server.Server.App.Services.GetRequiredService<RedisProjection>();
        var list = server.Server.App.Services.GetRequiredService<StatusBoard>().Find(reference.List)!;
        await UntilAsync(async () => await projection.ReadAsync(list, reference.Index) == StatusValue.Invalid, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_redis_that_may_forget_keys_is_refused()
    {
        await using var redis = await RedisServer.StartAsync("--maxmemory-policy", "allkeys-lru");
        var refusal = await Assert.ThrowsAsync<StartRefusedException>(() => StartAsync("Sqlite", redis));
        Assert.Contains("allkeys-lru", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_list_is_not_sent_again_to_whoever_has_it()
    {
        await using var server = await StartAsync("Sqlite", null, new() { ["Status:PublishWithin"] = "00:01:00" });
        var reference = await server.IndexAsync(3, Today);
        using var first = await server.GetAsync(reference.List);
        Assert.Equal("application/statuslist+cwt", first.Content.Headers.ContentType!.MediaType);
        Assert.NotNull(first.Headers.CacheControl!.MaxAge);
        using var again = await server.GetAsync(reference.List, request => request.Headers.IfNoneMatch.Add(first.Headers.ETag!));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        using var jwt = await server.GetAsync(reference.List, request => request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/statuslist+jwt")));
        Assert.Equal("application/statuslist+jwt", jwt.Content.Headers.ContentType!.MediaType);
        var downloaded = (await server.DownloadAsync(reference.List)).Content.List;
        Assert.True(StatusListJwt.ReadOwn(await jwt.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).Bytes.SequenceEqual(downloaded.Bytes));
        using var unknown = await server.GetAsync("pd9912310");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Fact]
    public async Task A_withdrawal_that_vanished_from_the_database_stays_on_the_list()
    {
        await using var server = await StartAsync("Sqlite", null);
        var reference = await server.IndexAsync(3, Today);
        await server.SetAsync(3, StatusValue.Invalid);
        await UntilAsync(async () => (await server.DownloadAsync(reference.List)).Content.List.Get(reference.Index) == StatusValue.Invalid, TimeSpan.FromSeconds(20));
        await server.WithDatabaseAsync(db => db.Set<StatusEntry>().ExecuteDeleteAsync());
        // A change of somebody else makes the list due.
        await server.SetAsync(4, StatusValue.Invalid);
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        Assert.Equal(StatusValue.Invalid, (await server.DownloadAsync(reference.List)).Content.List.Get(reference.Index));
    }

    [Fact]
    public async Task A_change_that_commits_late_is_not_passed_over()
    {
        await using var server = await StartAsync("Postgres", null);
        await using var slow = server.Server.App.Services.CreateAsyncScope();
        var db = slow.ServiceProvider.GetRequiredService<ServerDbContext>();
        await using var transaction = await db.Database.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await slow.ServiceProvider.GetRequiredService<StatusRegister>().SetHoldingAsync(CredentialKind.Person, 1, StatusValue.Invalid, CancellationToken.None);
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);

        await server.SetAsync(2, StatusValue.Invalid);
        await UntilAsync(async () => (await server.ReadAsync(await server.IndexAsync(2, Today))).Value == StatusValue.Invalid, TimeSpan.FromSeconds(2));
        var slowReference = await server.IndexAsync(1, Today);
        Assert.Equal(StatusValue.Valid, (await server.ReadAsync(slowReference)).Value);

        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        await UntilAsync(async () => (await server.ReadAsync(slowReference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(2));
        await UntilAsync(async () => (await server.DownloadAsync(slowReference.List)).Content.List.Get(slowReference.Index) == StatusValue.Invalid, TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Two_nodes_serve_the_same_list_and_each_sees_what_the_other_withdrew()
    {
        await using var redis = await RedisServer.StartAsync();
        var database = await postgres.NewDatabaseAsync();
        var keys = Directory.CreateTempSubdirectory("keys-").FullName;
        await using var one = await StartAsync("Postgres", redis, new() { ["ConnectionStrings:Database"] = database, ["Trust:KeyFolder"] = keys });
        await using var two = await StartAsync("Postgres", redis, new() { ["ConnectionStrings:Database"] = database, ["Trust:KeyFolder"] = keys, ["Origins:Login"] = Origins.TextOf(one.Server.Login) });
        var reference = await one.IndexAsync(9, Today);
        Assert.Equal(reference, await two.IndexAsync(9, Today));
        for (var number = 0; number < 20; number++)
        {
            await (number % 2 == 0 ? one : two).SetAsync(number, StatusValue.Invalid);
        }

        var watch = Stopwatch.StartNew();
        await UntilAsync(async () => (await one.ReadAsync(reference)).Value == StatusValue.Invalid && (await two.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(2));
        TestContext.Current.SendDiagnosticMessage($"both nodes after {watch.ElapsedMilliseconds} ms");
        var boards = new[] { one, two }.Select(node => node.Server.App.Services.GetRequiredService<StatusBoard>()).ToList();
        await UntilAsync(
            () => Task.FromResult(boards.All(board => board.Find(reference.List)!.Published!.Sequence == 20)
                && boards[0].Find(reference.List)!.Published!.Cwt.AsSpan().SequenceEqual(boards[1].Find(reference.List)!.Published!.Cwt)),
            TimeSpan.FromSeconds(40));
        Directory.Delete(keys, recursive: true);
    }

    [Fact]
    public async Task A_holding_beyond_a_days_room_is_withdrawn_by_a_node_that_has_not_heard_of_the_new_room()
    {
        await using var nodes = await TwoNodesAsync();
        var reference = await nodes.Two.IndexAsync(Beyond, Today);
        await nodes.One.SetAsync(Beyond, StatusValue.Invalid);
        await UntilAsync(async () => (await nodes.Two.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(8));
        await UntilAsync(async () => (await nodes.One.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task A_withdrawal_that_began_before_the_room_was_opened_begins_again()
    {
        await using var nodes = await TwoNodesAsync();
        await using var slow = nodes.One.Server.App.Services.CreateAsyncScope();
        var db = slow.ServiceProvider.GetRequiredService<ServerDbContext>();
        await slow.ServiceProvider.GetRequiredService<StatusRegister>().SetHoldingAsync(CredentialKind.Person, Beyond, StatusValue.Invalid, CancellationToken.None);
        var reference = await nodes.Two.IndexAsync(Beyond, Today);
        await Assert.ThrowsAsync<DbUpdateException>(() => db.SaveChangesAsync(TestContext.Current.CancellationToken));
        await nodes.One.SetAsync(Beyond, StatusValue.Invalid);
        await UntilAsync(async () => (await nodes.Two.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Room_that_is_opened_after_a_withdrawal_knows_of_it()
    {
        await using var nodes = await TwoNodesAsync();
        await nodes.One.SetAsync(Beyond, StatusValue.Suspended);
        await nodes.One.SetAsync(Beyond, StatusValue.Invalid);
        var reference = await nodes.Two.IndexAsync(Beyond, Today);
        await UntilAsync(async () => (await nodes.Two.ReadAsync(reference)).Value == StatusValue.Invalid, TimeSpan.FromSeconds(8));
        var board = nodes.Two.Server.App.Services.GetRequiredService<StatusBoard>();
        await UntilAsync(
            () => Task.FromResult(board.Find(reference.List)?.Published is { } token && StatusListJwt.ReadOwn(token.Jwt).Get(reference.Index) == StatusValue.Invalid),
            TimeSpan.FromSeconds(20));
    }

    // A number that no list has room for when a server starts.
    private const long Beyond = StatusNames.ShardSize + 5;

    // Without Redis each looks by itself, as seldom as it may: long enough for one to act before it has heard of the other.
    private async Task<TwoNodes> TwoNodesAsync()
    {
        var keys = Directory.CreateTempSubdirectory("keys-");
        Dictionary<string, string?> settings = new()
        {
            ["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync(),
            ["Trust:KeyFolder"] = keys.FullName,
            ["Status:PollEvery"] = "00:00:02",
        };
        var one = await StartAsync("Postgres", null, settings);
        return new TwoNodes(one, await StartAsync("Postgres", null, new(settings) { ["Origins:Login"] = Origins.TextOf(one.Server.Login) }), keys);
    }

    private sealed record TwoNodes(StatusServer One, StatusServer Two, DirectoryInfo Keys) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await One.DisposeAsync();
            await Two.DisposeAsync();
            Keys.Delete(recursive: true);
        }
    }

    private async Task<StatusServer> StartAsync(string provider, RedisServer? redis, Dictionary<string, string?>? more = null)
    {
        var settings = await postgres.SettingsAsync(provider);
        settings["Status:PublishWithin"] = "00:00:01";
        settings["Logging:LogLevel:Default"] = "Error";
        if (redis is not null)
        {
            settings["ConnectionStrings:Redis"] = redis.ConnectionString;
        }

        foreach (var (name, value) in more ?? [])
        {
            settings[name] = value;
        }

        var server = new TheServer(settings);
        await server.InitializeAsync();
        return new StatusServer(server);
    }

    // The list is promised within PublishWithin (a second here); a machine that also builds gets twenty. Online is two, always.
    private static async Task UntilAsync(Func<Task<bool>> holds, TimeSpan atMost)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < atMost, $"not within {atMost}");
            await Task.Delay(20);
        }
    }

    private sealed class StatusServer(TheServer server) : IAsyncDisposable
    {
        private readonly HttpClient _http = new() { BaseAddress = server.Login };

        public TheServer Server => server;

        public Task<StatusReference> IndexAsync(long number, DateOnly day) =>
            server.App.Services.GetRequiredService<StatusIndices>().ForHoldingAsync(CredentialKind.Person, number, day, CancellationToken.None);

        public async Task SetAsync(long number, StatusValue value)
        {
            await using var scope = server.App.Services.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<StatusRegister>().SetHoldingAsync(CredentialKind.Person, number, value, CancellationToken.None);
            await scope.ServiceProvider.GetRequiredService<ServerDbContext>().SaveChangesAsync();
        }

        public async Task<StatusAnswer> ReadAsync(StatusReference reference)
        {
            await using var scope = server.App.Services.CreateAsyncScope();
            return await scope.ServiceProvider.GetRequiredService<StatusRegister>().ReadAsync(reference);
        }

        public async Task<HttpResponseMessage> GetAsync(string list, Action<HttpRequestMessage>? with = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/status/" + list);
            with?.Invoke(request);
            return await _http.SendAsync(request);
        }

        /// <summary>As a verifier does: fetches and checks against the trust list.</summary>
        public async Task<StatusSnapshot> DownloadAsync(string list)
        {
            using var answer = await GetAsync(list);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var bytes = await answer.Content.ReadAsByteArrayAsync();
            var trust = server.App.Services.GetRequiredService<TrustListSource>().Current.List;
            Assert.True(StatusListToken.TryVerify(bytes, trust, null, out var snapshot, out var rejection), rejection?.ToString());
            Assert.Equal(new Uri(server.Login, "/status/" + list).ToString(), snapshot.Content.Uri);
            return snapshot;
        }

        public async Task WithDatabaseAsync(Func<ServerDbContext, Task> work)
        {
            await using var scope = server.App.Services.CreateAsyncScope();
            await work(scope.ServiceProvider.GetRequiredService<ServerDbContext>());
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await server.DisposeAsync();
        }
    }
}
