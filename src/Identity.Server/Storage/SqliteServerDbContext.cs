using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Storage;

/// <summary>The embedded database: one file, WAL, one node.</summary>
internal sealed class SqliteServerDbContext : ServerDbContext
{
    public SqliteServerDbContext(DbContextOptions<SqliteServerDbContext> options)
        : base(options) =>
        // A save of one statement too, so that it stands in OneWriter's queue.
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        // SQLite has no time type; as text, EF refuses to compare or order by it.
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMilliseconds>();
}
