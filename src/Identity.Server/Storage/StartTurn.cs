using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Identity.Server.Storage;

/// <summary>
/// Nodes that start at the same moment prepare one after the other: schema, lists, keys and clients are looked for and made where they are
/// missing, and two that look at once both make them. A lock of PostgreSQL, gone with its session if the node dies.
/// </summary>
/// <remarks>Held by a transaction and not by the session, so that it also holds behind a pooler that gives each transaction another session.</remarks>
internal static class StartTurn
{
    // Any number that nobody else uses in this database.
    private const long Lock = 0x1D_5E_42_7A_20_26;

    /// <summary>A migration may take its time; a node that waits longer stops and is started again.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>The turn; it ends when this is disposed. On SQLite there is one node.</summary>
    public static async Task<AsyncServiceScope> TakeAsync(IServiceProvider services, CancellationToken cancellationToken)
    {
        var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        if (!db.Database.IsNpgsql())
        {
            return scope;
        }

        try
        {
            db.Database.SetCommandTimeout(Patience);
            await db.Database.BeginTransactionAsync(cancellationToken);
            await db.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({Lock})", cancellationToken);
            return scope;
        }
        catch (PostgresException none) when (none.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            // No such database yet: the migration makes it, and of two that do one is refused and started again.
            return scope;
        }
        catch
        {
            await scope.DisposeAsync();
            throw;
        }
    }
}
