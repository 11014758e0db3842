using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Identity.Server.Storage;

/// <summary>
/// Sets SQLite's PRAGMAs on every connection to the file. A PRAGMA given once touches one connection only, and without
/// <c>busy_timeout</c> the provider sleeps 150 ms between tries, which is where the half-second stalls come from.
/// <para>
/// The provider keeps closed connections for the next who opens one, and EF opens one for every command: what has its PRAGMAs
/// keeps them and is not asked to read them again.
/// </para>
/// </summary>
internal sealed class SqlitePragmas : DbConnectionInterceptor
{
    // NORMAL in WAL keeps every committed transaction over a crash of the process; only a power failure can undo the
    // last ones. A province runs PostgreSQL, where COMMIT waits for the disk.
    private const string Pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;";

    // By the handle: the connection object is new every time, the handle is what SQLite knows.
    private readonly ConditionalWeakTable<object, object> _set = [];

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        if (IsSet(connection))
        {
            return;
        }

        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
        Remember(connection);
    }

    public override async Task ConnectionOpenedAsync(
        DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (IsSet(connection))
        {
            return;
        }

        await using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        await command.ExecuteNonQueryAsync(cancellationToken);
        Remember(connection);
    }

    private bool IsSet(DbConnection connection) => _set.TryGetValue(HandleOf(connection), out _);

    private void Remember(DbConnection connection) => _set.TryAdd(HandleOf(connection), this);

    private static SQLitePCL.sqlite3 HandleOf(DbConnection connection) => ((SqliteConnection)connection).Handle!;
}
