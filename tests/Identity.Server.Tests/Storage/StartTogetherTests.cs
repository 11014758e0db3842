using Identity.Server.Connect.Keys;
using Identity.Server.Connect.Store;
using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Storage;

/// <summary>A cluster's first start: nodes that come up at the same moment on an empty database.</summary>
public sealed class StartTogetherTests(PostgresServer postgres)
{
    [Fact]
    public async Task Three_nodes_that_start_at_the_same_moment_on_an_empty_database_all_start_and_agree()
    {
        // The keys are put in place before by whoever runs the province; only Development makes them at start.
        await using var ceremony = new TheServer();
        await ceremony.InitializeAsync();
        await ceremony.StopAsync();
        var database = await postgres.NewDatabaseAsync();
        var nodes = Enumerable.Range(0, 3).Select(_ => new TheServer(new()
        {
            ["Storage:Provider"] = "Postgres",
            ["ConnectionStrings:Database"] = database,
            ["Trust:KeyFolder"] = Path.Combine(ceremony.Directory, "keys"),
            ["Clients:batch:Secret"] = "a-secret-that-is-long-enough-2026",
            ["Clients:batch:ClientCredentials"] = "true",
            ["Clients:batch:Name"] = "夜间任务",
        })).ToArray();
        try
        {
            await Task.WhenAll(nodes.Select(node => Task.Run(async () => await node.InitializeAsync())));
            Assert.Equal(1, await AskAsync(nodes[0], db => db.Set<OidcClient>().CountAsync(client => client.ClientId == "batch")));
            Assert.Equal(2, await AskAsync(nodes[0], db => db.Set<OidcKey>().CountAsync()));
            var lists = await AskAsync(nodes[0], db => db.Set<StatusListRow>().Select(list => list.Name).ToListAsync());
            Assert.NotEmpty(lists);
            foreach (var node in nodes)
            {
                using var http = new HttpClient { BaseAddress = node.Login };
                foreach (var list in lists)
                {
                    using var answer = await http.GetAsync(new Uri("/status/" + list, UriKind.Relative), TestContext.Current.CancellationToken);
                    Assert.True(answer.IsSuccessStatusCode, $"{list}: {answer.StatusCode}");
                }
            }
        }
        finally
        {
            foreach (var node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    private static Task<T> AskAsync<T>(TheServer node, Func<ServerDbContext, Task<T>> ask) => node.AskAsync(ask);
}
