using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Storage;

/// <summary>The database at scale.</summary>
internal sealed class PostgresServerDbContext(DbContextOptions<PostgresServerDbContext> options) : ServerDbContext(options);
