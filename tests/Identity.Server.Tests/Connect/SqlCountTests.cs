using System.Data.Common;
using Identity.Server.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>The price of a code flow on an open session, in SQL commands (architecture.md, section 8: at most 10).</summary>
public sealed class SqlCountTests
{
    [Fact]
    public async Task A_code_flow_on_an_open_session_takes_at_most_10_SQL_commands()
    {
        var counter = new Counter();
        await using var server = new OidcServer([], services =>
        {
            services.AddHttpContextAccessor();
            services.ConfigureDbContext<SqliteServerDbContext>(options => options.AddInterceptors(counter));
        });
        await server.InitializeAsync();
        using var browser = await server.SignedInAsync();
        await server.CodeFlowAsync(browser);
        var request = server.Request();
        counter.Commands.Clear();
        var code = await request.CodeAsync(browser);
        var authorize = counter.Commands.Count;
        using var answer = await request.RedeemAsync(code);
        Assert.True(answer.IsSuccessStatusCode);
        var all = counter.Commands.ToArray();
        // Fewer than four would mean that nothing was counted.
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Length} commands, {authorize} of them to authorize");
        Assert.True(all.Length is >= 4 and <= 10, $"{all.Length} ({authorize} to authorize):\n{string.Join("\n---\n", all)}");
    }

    /// <summary>
    /// Counts what requests ask, and what the ledger of tokens writes for them. What runs beside them (sweeps, couriers, the audit log's
    /// sequencer) has no request.
    /// </summary>
    private sealed class Counter : DbCommandInterceptor
    {
        private readonly HttpContextAccessor accessor = new();

        public System.Collections.Concurrent.ConcurrentQueue<string> Commands { get; } = new();

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Note(command);
            return ValueTask.FromResult(result);
        }

        public override ValueTask<InterceptionResult<int>> NonQueryExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
        {
            Note(command);
            return ValueTask.FromResult(result);
        }

        private void Note(DbCommand command)
        {
            if (accessor.HttpContext is not null || command.CommandText.Contains("oidc_", StringComparison.Ordinal))
            {
                Commands.Enqueue(command.CommandText);
            }
        }
    }
}
