using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Storage;

public sealed class GroupCommitTests(PostgresServer postgres)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public async Task What_comes_while_one_writes_is_written_together(string provider)
    {
        await using var book = await Book.OpenAsync(postgres, provider);
        var first = book.WriteSlowlyAsync("first");
        await book.Began;
        var others = Enumerable.Range(0, 20).Select(i => book.WriteAsync($"other-{i}")).ToArray();
        book.GoOn();

        Assert.Equal("first", await first);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"other-{i}"), await Task.WhenAll(others));
        Assert.Equal([1, 20], book.Groups);
        Assert.Equal(21, await book.CountAsync());
    }

    [Theory]
    [InlineData("Sqlite")]
    [InlineData("Postgres")]
    public async Task One_that_the_database_refuses_costs_the_others_nothing(string provider)
    {
        await using var book = await Book.OpenAsync(postgres, provider);
        var first = book.WriteSlowlyAsync("taken");
        await book.Began;
        var before = book.WriteAsync("before");
        var refused = book.WriteAsync("taken");
        var after = book.WriteAsync("after");
        book.GoOn();

        Assert.Equal(["taken", "before", "after"], await Task.WhenAll(first, before, after));
        await Assert.ThrowsAsync<DbUpdateException>(() => refused);
        Assert.Equal(3, await book.CountAsync());
    }

    [Fact]
    public async Task A_fault_reaches_all_who_wait_and_the_next_are_written_again()
    {
        await using var book = await Book.OpenAsync(postgres, "Sqlite");
        var first = book.WriteSlowlyAsync("first");
        await book.Began;
        Task<string>[] together = [book.WriteAsync("one"), book.WriteAsync(Book.Broken), book.WriteAsync("other")];
        book.GoOn();

        await first;
        foreach (var waiting in together)
        {
            await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        }

        Assert.Equal("later", await book.WriteAsync("later"));
        Assert.Equal(2, await book.CountAsync());
    }

    [Fact]
    public async Task One_who_goes_away_takes_nobody_along()
    {
        await using var book = await Book.OpenAsync(postgres, "Sqlite");
        var first = book.WriteSlowlyAsync("first");
        await book.Began;
        using var gone = new CancellationTokenSource();
        var left = book.WriteAsync("left", gone.Token);
        var stayed = book.WriteAsync("stayed");
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        book.GoOn();

        Assert.Equal(["first", "stayed"], await Task.WhenAll(first, stayed));
        Assert.Equal(3, await book.CountAsync());
    }

    /// <summary>Names in a table where each may stand once. The first write waits until it is told to go on.</summary>
    private sealed class Book : IAsyncDisposable
    {
        public const string Broken = "broken";

        private const string Slow = "slow:";

        private readonly TheServer _server;
        private readonly GroupCommit<string, string> _commit;
        private readonly TaskCompletionSource _began = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

        private Book(TheServer server)
        {
            _server = server;
            _commit = new(server.App.Services.GetRequiredService<IServiceScopeFactory>(), WriteAsync);
        }

        public Task Began => _began.Task;

        public List<int> Groups { get; } = [];

        public static async Task<Book> OpenAsync(PostgresServer postgres, string provider)
        {
            var server = new TheServer(await postgres.SettingsAsync(provider));
            await server.InitializeAsync();
            return new(server);
        }

        public void GoOn() => _goOn.SetResult();

        public Task<string> WriteSlowlyAsync(string name) => _commit.AddAsync(Slow + name, Cancellation);

        public Task<string> WriteAsync(string name, CancellationToken? cancellationToken = null) => _commit.AddAsync(name, cancellationToken ?? Cancellation);

        public Task<int> CountAsync() => _server.AskAsync<ServerDbContext, int>(db => db.Set<DenseNumber>().CountAsync(number => number.Next == -1, Cancellation));

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        private async Task<string[]> WriteAsync(ServerDbContext db, IReadOnlyList<string> names)
        {
            Groups.Add(names.Count);
            if (names[0].StartsWith(Slow, StringComparison.Ordinal))
            {
                _began.SetResult();
                await _goOn.Task;
            }

            if (names.Contains(Broken))
            {
                throw new TimeoutException();
            }

            var written = names.Select(name => name.Replace(Slow, "", StringComparison.Ordinal)).ToArray();
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.Set<DenseNumber>().AddRange(written.Distinct().Select(name => new DenseNumber { Name = name, Next = -1 }));
            await db.SaveChangesAsync();
            await transaction.CommitAsync();
            return written;
        }
    }
}
