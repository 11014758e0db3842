using Identity.Server.Accounts;
using Identity.Server.Storage;
using Identity.Server.Tests.Fixtures;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Identity.Server.Tests.Storage;

public sealed class PostgresTests(PostgresServer postgres)
{
    [Fact]
    public async Task The_schema_fits_PostgreSQL()
    {
        var options = new DbContextOptionsBuilder<PostgresServerDbContext>().UseNpgsql(await postgres.NewDatabaseAsync()).Options;
        await using var db = new PostgresServerDbContext(options);
        await db.Database.MigrateAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await db.Set<Account>().CountAsync(TestContext.Current.CancellationToken));
    }
}
