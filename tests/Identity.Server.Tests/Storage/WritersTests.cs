using System.Collections.Concurrent;
using System.Diagnostics;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Storage;

public sealed class WritersTests(PostgresServer postgres)
{
    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public async Task Sixteen_writers_do_not_stall(string provider)
    {
        await using var server = await StartAsync(provider);
        var took = new ConcurrentBag<double>();
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; i < 60; i++)
            {
                await using var scope = server.App.Services.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
                var began = Stopwatch.GetTimestamp();
                await db.Set<DenseNumber>().AsNoTracking().FirstOrDefaultAsync();
                db.Add(new DenseNumber { Name = $"w{writer}-{i}", Next = 0 });
                await db.SaveChangesAsync();
                took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
        })));
        var sorted = took.Order().ToList();
        TestContext.Current.SendDiagnosticMessage(
            $"{provider}, 16 writers: {sorted.Count / watch.Elapsed.TotalSeconds:F0}/s, p50 {sorted[sorted.Count / 2]:F0} ms, p99 {sorted[sorted.Count * 99 / 100]:F0} ms, max {sorted[^1]:F0} ms");
        Assert.Equal(960, sorted.Count);
        // Queueing alone is 16 writes; half a second would be a writer that slept.
        Assert.InRange(sorted[sorted.Count * 99 / 100], 0, 450);
    }

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public async Task Dense_numbers_are_handed_out_once(string provider)
    {
        await using var server = await StartAsync(provider);
        // A second hand, as another node would be.
        DenseNumbers[] nodes = [server.App.Services.GetRequiredService<DenseNumbers>(), new(server.App.Services.GetRequiredService<IServiceScopeFactory>())];
        var numbers = await Task.WhenAll(Enumerable.Range(0, 600).Select(i => Task.Run(() => nodes[i % 2].NextAsync("series", CancellationToken.None))));
        Assert.Equal(600, numbers.Distinct().Count());
        Assert.InRange(numbers.Max(), 599, 800);
    }

    private async Task<TheServer> StartAsync(string provider)
    {
        var server = new TheServer(await postgres.SettingsAsync(provider));
        await server.InitializeAsync();
        return server;
    }
}
