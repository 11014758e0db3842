using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Storage;

/// <summary>
/// The one database. It names no entity: each room's <see cref="IEntityTypeConfiguration{TEntity}"/> is found in the assembly.
/// </summary>
internal abstract class ServerDbContext(DbContextOptions options) : DbContext(options)
{
    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ServerDbContext).Assembly);
}
