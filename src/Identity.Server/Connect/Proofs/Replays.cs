using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace Identity.Server.Connect.Proofs;

/// <summary>
/// Lets each signed proof count once, whichever node it comes to. Where that cannot be known the answer is no, or a fault: never yes.
/// </summary>
internal sealed class Replays(IServiceScopeFactory scopes, RedisConnection redis, IOptions<StorageOptions> storage, TimeProvider clock)
{
    private const int Most = 300_000;
    private const int SweepEvery = 30;

    private readonly ConcurrentDictionary<Guid, long> _here = new();
    private long _sweptAt;

    /// <summary>
    /// When this process alone remembers, it remembers from here on: a proof from before its start could be a second one.
    /// Null where others remember.
    /// </summary>
    public DateTimeOffset? RemembersSince { get; } = RemembersAlone(redis, storage.Value) ? clock.GetUtcNow() : null;

    /// <summary>For what goes with a write anyway: in the database, where neither a restart nor a lost Redis forgets it.</summary>
    public Task<bool> TakeDurablyAsync(string owner, string id, DateTimeOffset until, CancellationToken cancellationToken) =>
        InDatabaseAsync(IdOf(owner, id), until, cancellationToken);

    /// <summary>
    /// The same for several, inside the caller's transaction: used up only if it commits. False when one of them was used before, or stands
    /// among them twice.
    /// </summary>
    public async Task<bool> TakeAllAsync(ServerDbContext db, IReadOnlyCollection<GoodAssertion> assertions)
    {
        var sql = new Sql().Add("INSERT INTO used_proofs (\"Id\", \"Until\") VALUES ");
        var count = 0;

        // In one order everywhere: two nodes that are sent the same ones in turn must not wait for each other (a client could do that on purpose).
        foreach (var (id, assertion) in assertions.Select(assertion => (IdOf(assertion.ClientId, assertion.Id), assertion)).OrderBy(pair => pair.Item1))
        {
            sql.Add("(").Add(id, ", ").Add(AsStored(assertion.Until), ++count < assertions.Count ? "), " : ")");
        }

        return await db.Database.ExecuteSqlAsync(sql.Add(" ON CONFLICT DO NOTHING").Command) == count;
    }

    /// <summary>
    /// For what comes with every call: in Redis; in the database where Redis is away or several nodes have none; in this process where it
    /// is the only one.
    /// </summary>
    public async Task<bool> TakeAsync(string owner, string id, DateTimeOffset until, CancellationToken cancellationToken)
    {
        var proof = IdOf(owner, id);
        if (RemembersSince is not null)
        {
            return InProcess(proof, until);
        }

        try
        {
            if (redis.TryGet() is { } database)
            {
                return await database.StringSetAsync($"proof:{proof:N}", RedisValue.EmptyString, until - clock.GetUtcNow(), When.NotExists);
            }
        }
        catch (RedisException)
        {
            // Away since the last look: the database knows how to say no, too.
        }
        catch (TimeoutException)
        {
            // The same.
        }

        return await InDatabaseAsync(proof, until, cancellationToken);
    }

    private static bool RemembersAlone(RedisConnection redis, StorageOptions storage) => !redis.IsConfigured && storage.Provider == StorageProvider.Sqlite;

    // The separator stands in no client id and in no thumbprint, so no two pairs read alike.
    private static Guid IdOf(string owner, string id) => new(SHA256.HashData(Encoding.UTF8.GetBytes($"{owner}\n{id}")).AsSpan(0, 16));

    private bool InProcess(Guid proof, DateTimeOffset until)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        Sweep(now);
        return _here.Count < Most && _here.TryAdd(proof, until.ToUnixTimeSeconds());
    }

    private void Sweep(long now)
    {
        var before = Interlocked.Read(ref _sweptAt);
        if (now - before < SweepEvery || Interlocked.CompareExchange(ref _sweptAt, now, before) != before)
        {
            return;
        }

        foreach (var (proof, until) in _here)
        {
            if (until < now)
            {
                _here.TryRemove(proof, out _);
            }
        }
    }

    private async Task<bool> InDatabaseAsync(Guid proof, DateTimeOffset until, CancellationToken cancellationToken)
    {
        // A context of its own: what is noted stays noted, whatever becomes of the request. One command that says whether it was the
        // first; a unique index that fails would fill the log with what an attacker likes.
        await using var scope = scopes.CreateAsyncScope();
        return await InsertAsync(scope.ServiceProvider.GetRequiredService<ServerDbContext>().Database, proof, until, cancellationToken);
    }

    private async Task<bool> InsertAsync(DatabaseFacade database, Guid proof, DateTimeOffset until, CancellationToken cancellationToken) =>
        await database.ExecuteSqlAsync($"INSERT INTO used_proofs (\"Id\", \"Until\") VALUES ({proof}, {AsStored(until)}) ON CONFLICT DO NOTHING", cancellationToken) == 1;

    private object AsStored(DateTimeOffset until) => storage.Value.Provider == StorageProvider.Sqlite ? until.ToUnixTimeMilliseconds() : until.ToUniversalTime();
}
