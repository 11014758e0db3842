using Identity.Server.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>The morning rush: many more requests than connections to the database. They wait; none holds one while it waits for a second.</summary>
public sealed class FewConnectionsTests(PostgresServer postgres)
{
    [Fact]
    public async Task Three_connections_serve_all_who_ask_at_once()
    {
        await using var server = await StartAsync("Maximum Pool Size=3");
        var citizens = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.SignedInAsync()));
        var tokens = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => server.ClientCredentialsAsync(OidcServer.Machine))
            .Concat(citizens.Select(async citizen =>
            {
                for (var i = 0; i < 4; i++)
                {
                    _ = await server.CodeFlowAsync(citizen);
                }

                return await server.CodeFlowAsync(citizen);
            })));

        Assert.All(tokens, token => Assert.NotEmpty(token.AccessToken));
    }

    [Theory]
    [InlineData("Maximum Pool Size=150", 0)]
    [InlineData("maxpoolsize=500", 1)]
    [InlineData("", 0)]
    public async Task A_node_that_may_open_more_than_PostgreSQL_has_says_so(string pool, int warnings)
    {
        using var heard = new Heard(9003);
        await using var server = await StartAsync(pool, services => services.AddSingleton<ILoggerProvider>(heard));
        Assert.Equal(warnings, heard.Lines.Count);
    }

    private async Task<OidcServer> StartAsync(string pool, Action<IServiceCollection>? services = null)
    {
        var settings = await postgres.SettingsAsync("Postgres");
        settings["ConnectionStrings:Database"] += ";" + pool;
        var server = new OidcServer(settings, services);
        await server.InitializeAsync();
        return server;
    }
}
