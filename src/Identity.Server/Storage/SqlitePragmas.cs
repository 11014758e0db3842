using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Identity.Server.Storage;

/// <summary>
/// Sets SQLite's PRAGMAs on every connection that opens. A PRAGMA given once touches one connection only, and without
/// <c>busy_timeout</c> the provider sleeps 150 ms between tries, which is where the half-second stalls come from.
/// </summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    // NORMAL in WAL keeps every committed transaction over a crash of the process; only a power failure can undo the
    // last ones. A province runs PostgreSQL, where COMMIT waits for the disk.
    private const string Pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
