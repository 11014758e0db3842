using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Identity.Server.Storage;

/// <summary>
/// Tells a COMMIT that failed from one whose outcome nobody knows: the connection broke or time ran out while it was under way, or
/// PostgreSQL warned that it is done here and perhaps not on the standby (security.md 2.3: a cancelled wait for the standby looks like
/// success to a client that does not read warnings).
/// </summary>
internal sealed class CommitWatch : IDbTransactionInterceptor, IDbConnectionInterceptor
{
    private readonly ConditionalWeakTable<DbConnection, StrongBox<string?>> _warnings = [];

    public DbConnection ConnectionCreated(ConnectionCreatedEventData eventData, DbConnection result)
    {
        if (result is NpgsqlConnection connection)
        {
            var warning = _warnings.GetOrCreateValue(connection);
            connection.Notice += (_, notice) => warning.Value = notice.Notice.InvariantSeverity == "WARNING" ? notice.Notice.MessageText : warning.Value;
        }

        return result;
    }

    public ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        if (WarningOf(eventData.Context) is { } warning)
        {
            // What was warned of before is about something else.
            warning.Value = null;
        }

        return ValueTask.FromResult(result);
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) =>
        WarningOf(eventData.Context) is { Value: { } said } ? throw new OutcomeUnknownException(said, null) : Task.CompletedTask;

    public Task TransactionFailedAsync(DbTransaction transaction, TransactionErrorEventData eventData, CancellationToken cancellationToken = default) =>
        eventData.Action == "Commit" && !IsDefinite(eventData.Exception)
            ? throw new OutcomeUnknownException("The answer to COMMIT never came.", eventData.Exception)
            : Task.CompletedTask;

    // PostgreSQL itself said no: a constraint checked at the end, a serialization failure. Told to stop or dying, it may have said that late.
    private static bool IsDefinite(Exception exception) =>
        exception is PostgresException { InvariantSeverity: "ERROR" } refused && !refused.SqlState.StartsWith("57", StringComparison.Ordinal);

    private StrongBox<string?>? WarningOf(DbContext? context) =>
        context?.Database.GetDbConnection() is { } connection && _warnings.TryGetValue(connection, out var warning) ? warning : null;
}
