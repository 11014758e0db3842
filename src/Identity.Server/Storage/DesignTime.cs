using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Identity.Server.Storage;

/// <summary>What <c>dotnet ef</c> builds the contexts from: no server starts, no database is reached.</summary>
internal sealed class DesignTimeSqlite : IDesignTimeDbContextFactory<SqliteServerDbContext>
{
    public SqliteServerDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<SqliteServerDbContext>().UseSqlite().Options);
}

/// <inheritdoc cref="DesignTimeSqlite"/>
internal sealed class DesignTimePostgres : IDesignTimeDbContextFactory<PostgresServerDbContext>
{
    public PostgresServerDbContext CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<PostgresServerDbContext>().UseNpgsql().Options);
}
