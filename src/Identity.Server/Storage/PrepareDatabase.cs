using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Identity.Server.Storage;

/// <summary>Brings the schema up to date before the first request.</summary>
internal static class PrepareDatabase
{
    /// <remarks>
    /// <c>MigrateAsync</c> builds the design model, which costs more than the rest of a start together. A schema that is
    /// current is known by the history's rows alone.
    /// </remarks>
    public static async Task HandleAsync(ServerDbContext db, CancellationToken cancellationToken)
    {
        if (!await IsCurrentAsync(db, cancellationToken))
        {
            await db.Database.MigrateAsync(cancellationToken);
        }
    }

    private static async Task<bool> IsCurrentAsync(ServerDbContext db, CancellationToken cancellationToken)
    {
        // Asked for first: without it the engine logs a failed command at every first start.
        var history = db.GetService<IHistoryRepository>();
        if (!await db.Database.CanConnectAsync(cancellationToken) || !await history.ExistsAsync(cancellationToken))
        {
            return false;
        }

        var applied = await db.Database.GetAppliedMigrationsAsync(cancellationToken);
        return !db.Database.GetMigrations().Except(applied).Any();
    }
}
