using Identity.Server.Connect.Proofs;
using Identity.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>A proof counts once, whichever node it comes to, with Redis, without it, and while it is away.</summary>
public sealed class ReplaysTests(PostgresServer postgres)
{
    [Fact]
    public async Task Two_nodes_without_Redis_let_a_proof_count_once() => await OnceOnTwoNodesAsync(new() { ["Storage:Provider"] = "Postgres", ["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync() });

    [Fact]
    public async Task Two_nodes_with_Redis_let_a_proof_count_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await OnceOnTwoNodesAsync(new()
        {
            ["Storage:Provider"] = "Postgres",
            ["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync(),
            ["ConnectionStrings:Redis"] = redis.ConnectionString,
        });
    }

    [Fact]
    public async Task Two_nodes_whose_Redis_is_away_let_a_proof_count_once() => await OnceOnTwoNodesAsync(new()
    {
        ["Storage:Provider"] = "Postgres",
        ["ConnectionStrings:Database"] = await postgres.NewDatabaseAsync(),
        ["ConnectionStrings:Redis"] = $"127.0.0.1:{FreePort.Next()}",
    });

    private static async Task OnceOnTwoNodesAsync(Dictionary<string, string?> settings)
    {
        await using var first = new TheServer(settings);
        await first.InitializeAsync();
        // The second node has the same keys and the same database; only its ports differ.
        await using var second = new TheServer(new(settings) { ["Trust:KeyFolder"] = Path.Combine(first.Directory, "keys") });
        await second.InitializeAsync();
        Replays[] nodes = [first.App.Services.GetRequiredService<Replays>(), second.App.Services.GetRequiredService<Replays>()];
        var until = TimeProvider.System.GetUtcNow().AddMinutes(2);
        foreach (var proof in new[] { "a", "b", "c" })
        {
            var taken = await Task.WhenAll(nodes.Concat(nodes).Select(node => node.TakeAsync("key", proof, until, TestContext.Current.CancellationToken)));
            Assert.Equal(1, taken.Count(yes => yes));
            var durably = await Task.WhenAll(nodes.Concat(nodes).Select(node => node.TakeDurablyAsync("client", proof, until, TestContext.Current.CancellationToken)));
            Assert.Equal(1, durably.Count(yes => yes));
        }

        Assert.True(await nodes[0].TakeAsync("another key", "a", until, TestContext.Current.CancellationToken));
    }
}
