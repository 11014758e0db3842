using System.Data.Common;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Identity.Server.Storage;

/// <summary>
/// SQLite has one writer. Left alone, writers find that out by trying, sleeping and trying again, and the unlucky sleep for
/// half a second. Here the transactions of this process stand in a queue instead: first come, first served, and each begins
/// the moment the one before it ends.
/// <para>
/// Only a queue, not the lock: whoever waits longer than <see cref="Patience"/> (a transaction inside a transaction would wait
/// for itself) goes on, and SQLite's own lock with its <c>busy_timeout</c> decides.
/// </para>
/// </summary>
internal sealed class OneWriter : IDbTransactionInterceptor, IDbConnectionInterceptor, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // FIFO for asynchronous waiters.
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConditionalWeakTable<DbConnection, SemaphoreSlim> _holders = [];

    public InterceptionResult<DbTransaction> TransactionStarting(
        DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result)
    {
        if (!result.HasResult && _turn.Wait(Patience))
        {
            Hold(connection);
        }

        return result;
    }

    public async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
        DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
    {
        if (!result.HasResult && await _turn.WaitAsync(Patience, cancellationToken))
        {
            Hold(connection);
        }

        return result;
    }

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData) => Release(eventData.Context?.Database);

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Release(eventData.Context?.Database);
        return Task.CompletedTask;
    }

    public void TransactionRolledBack(DbTransaction transaction, TransactionEndEventData eventData) => Release(eventData.Context?.Database);

    public Task TransactionRolledBackAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Release(eventData.Context?.Database);
        return Task.CompletedTask;
    }

    // BEGIN itself may fail, and a transaction may be disposed without an end: EF then closes its connection.
    public void ConnectionClosed(DbConnection connection, ConnectionEndEventData eventData) => Release(connection);

    public Task ConnectionClosedAsync(DbConnection connection, ConnectionEndEventData eventData)
    {
        Release(connection);
        return Task.CompletedTask;
    }

    public void ConnectionDisposed(DbConnection connection, ConnectionEndEventData eventData) => Release(connection);

    public Task ConnectionDisposedAsync(DbConnection connection, ConnectionEndEventData eventData)
    {
        Release(connection);
        return Task.CompletedTask;
    }

    public void Dispose() => _turn.Dispose();

    private void Hold(DbConnection connection) => _holders.AddOrUpdate(connection, _turn);

    private void Release(DatabaseFacade? database)
    {
        if (database is not null)
        {
            Release(database.GetDbConnection());
        }
    }

    private void Release(DbConnection connection)
    {
        if (_holders.Remove(connection))
        {
            _turn.Release();
        }
    }
}
