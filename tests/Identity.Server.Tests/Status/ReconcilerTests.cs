using System.Diagnostics;
using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
using StackExchange.Redis;
using Xunit;

namespace Identity.Server.Tests.Status;

/// <summary>Each copy of a list is made wrong in turn, and found and put right from the database.</summary>
public sealed class ReconcilerTests : IAsyncLifetime
{
    private RedisServer _redis = null!;
    private TheServer _server = null!;
    private StatusReference _reference;
    private BoardList _list = null!;
    private PublishedToken _before = null!;

    private StatusRelay Relay => _server.App.Services.GetRequiredService<StatusRelay>();

    private RedisProjection Projection => _server.App.Services.GetRequiredService<RedisProjection>();

    public async ValueTask InitializeAsync()
    {
        _redis = await RedisServer.StartAsync();
        _server = new TheServer(new() { ["Status:PublishWithin"] = "00:00:01", ["ConnectionStrings:Redis"] = _redis.ConnectionString, ["Logging:LogLevel:Default"] = "None" });
        await _server.InitializeAsync();
        var today = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().UtcDateTime);
        _reference = await _server.App.Services.GetRequiredService<StatusIndices>().ForHoldingAsync(CredentialKind.Person, 3, today, CancellationToken.None);
        _list = _server.App.Services.GetRequiredService<StatusBoard>().Find(_reference.List)!;
        _before = _list.Published!;
        await using var scope = _server.App.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<StatusRegister>().SetHoldingAsync(CredentialKind.Person, 3, StatusValue.Invalid, CancellationToken.None);
        await scope.ServiceProvider.GetRequiredService<ServerDbContext>().SaveChangesAsync();
        await UntilAsync(async () => StatusListJwt.ReadOwn(_list.Published!.Jwt).Get(_reference.Index) == StatusValue.Invalid
            && await Projection.ReadAsync(_list, _reference.Index) == StatusValue.Invalid);
        // The first round of its own is over, and the next is a minute away.
        await Relay.ReconcileAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task Copies_that_are_right_are_left_alone()
    {
        var repairs = await Relay.ReconcileAsync(CancellationToken.None);
        Assert.Equal((0, 0), (repairs.Memory, repairs.Published));
    }

    [Fact]
    public async Task A_bit_that_memory_lost_comes_back()
    {
        _list.Apply([(_reference.Index, StatusValue.Valid)], _list.Sequence);
        // By this round, or by the server's own a moment before it.
        await Relay.ReconcileAsync(CancellationToken.None);
        Assert.Equal(StatusValue.Invalid, _list[_reference.Index]);
    }

    [Fact]
    public async Task Bits_that_somebody_cleared_in_redis_come_back()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        await connection.GetDatabase().StringSetAsync(RedisProjection.BitsOf(_reference.List), new byte[StatusNames.ShardBytes]);
        // A command that Redis does not answer within its quarter of a second is one for the next round.
        await UntilAsync(async () => (await Relay.ReconcileAsync(CancellationToken.None)).Redis >= 0 && await Projection.ReadAsync(_list, _reference.Index) == StatusValue.Invalid);
    }

    [Fact]
    public async Task A_header_from_a_future_that_the_database_does_not_know_is_not_believed_for_long()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        var database = connection.GetDatabase();
        await database.StringSetAsync(RedisProjection.BitsOf(_reference.List), new byte[StatusNames.ShardBytes]);
        await database.HashSetAsync(RedisProjection.HeaderOf(_reference.List), "seq", 1_000_000);
        await UntilAsync(async () => await Projection.ReconcileAsync(bytesToo: true) >= 0 && await Projection.ReadAsync(_list, _reference.Index) == StatusValue.Invalid);
        Assert.Equal(_list.Sequence, (long)await database.HashGetAsync(RedisProjection.HeaderOf(_reference.List), "seq"));
    }

    [Fact]
    public async Task A_published_list_without_the_withdrawal_is_published_again()
    {
        // A list says when it was signed to the second, and the next one must be newer.
        await UntilAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() > _list.Published!.Version));
        await using (var scope = _server.App.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<PublishedList>().Where(row => row.List == _reference.List)
                .ExecuteUpdateAsync(set => set.SetProperty(row => row.Cwt, _before.Cwt).SetProperty(row => row.Jwt, _before.Jwt), TestContext.Current.CancellationToken);
        }

        var version = _list.Published!.Version;
        await UntilAsync(async () => (await Relay.ReconcileAsync(CancellationToken.None)).Published >= 0
            && _list.Published!.Version > version && StatusListJwt.ReadOwn(_list.Published!.Jwt).Get(_reference.Index) == StatusValue.Invalid);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        for (var watch = Stopwatch.StartNew(); !await holds(); await Task.Delay(50))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "It did not come true.");
        }
    }
}
