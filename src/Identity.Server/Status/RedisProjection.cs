using System.Globalization;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using OneCode;
using StackExchange.Redis;

namespace Identity.Server.Status;

/// <summary>
/// The lists in Redis: <c>status:{list}</c> holds the bytes exactly as published, <c>status:{list}:header</c> the hash
/// <c>epoch, seq, count, digest</c>. A bit without a header of this database that is at least as new as what we know means
/// nothing: Redis answers 0 for what it has forgotten, and 0 would be "valid".
/// </summary>
internal sealed partial class RedisProjection(RedisConnection redis, StatusBoard board, IServiceScopeFactory scopes, ILogger<RedisProjection> logger)
{
    private const string Channel = "identity:status";

    private readonly Dictionary<string, (long Sequence, string Digest)> _written = [];

    public static RedisKey BitsOf(string list) => $"status:{{{list}}}";

    public static RedisKey HeaderOf(string list) => $"status:{{{list}}}:header";

    /// <summary>Where Redis counts the two bits of an entry: from the most significant end of each byte (format: least significant).</summary>
    public static int OffsetOf(int index) => (8 * (index >> 2)) + 6 - (2 * (index & 3));

    /// <summary>Calls <paramref name="wake"/> when another node has put changes in order.</summary>
    public async Task ListenAsync(Action wake)
    {
        if (redis.Multiplexer is { } multiplexer)
        {
            try
            {
                await multiplexer.GetSubscriber().SubscribeAsync(RedisChannel.Literal(Channel), (_, _) => wake());
            }
            catch (RedisException)
            {
                // Not now. The poll finds everything, a moment later.
            }
        }
    }

    public async Task TellAsync()
    {
        if (redis.TryGet() is { } database)
        {
            try
            {
                await database.PublishAsync(RedisChannel.Literal(Channel), "changed", CommandFlags.FireAndForget);
            }
            catch (RedisException)
            {
                // The same.
            }
        }
    }

    /// <summary>Writes what changed on the board.</summary>
    public async Task ProjectAsync()
    {
        foreach (var list in board.Lists.Where(list => list.Sequence >= 0))
        {
            if (!_written.TryGetValue(list.Name, out var written) || written.Sequence != list.Sequence)
            {
                if (redis.TryGet() is not { } database || !await TryAsync(() => WriteAsync(database, list)))
                {
                    return;
                }
            }
        }
    }

    /// <summary>Compares header and bytes of every list with the board and rewrites what is missing, older or different; how many.</summary>
    public async Task<int> ReconcileAsync(bool bytesToo)
    {
        var rewritten = 0;
        foreach (var name in _written.Keys.Where(name => board.Find(name) is null).ToList())
        {
            _written.Remove(name);
            if (redis.TryGet() is { } database)
            {
                await TryAsync(() => database.KeyDeleteAsync([BitsOf(name), HeaderOf(name)]));
            }
        }

        foreach (var list in board.Lists.Where(list => list.Sequence >= 0))
        {
            if (redis.TryGet() is not { } database || !await TryAsync(async () => rewritten += await CheckAsync(database, list, bytesToo) ? 1 : 0))
            {
                break;
            }
        }

        return rewritten;
    }

    /// <summary>What Redis says, or unknown. Header and bit in one transaction: between two reads it could be emptied.</summary>
    public async ValueTask<StatusValue?> ReadAsync(BoardList list, int index)
    {
        if (redis.TryGet() is not { } database)
        {
            return null;
        }

        StatusValue? value = null;
        await TryAsync(async () =>
        {
            var transaction = database.CreateTransaction();
            var header = transaction.HashGetAsync(HeaderOf(list.Name), ["epoch", "seq"]);
            var bit = transaction.ExecuteAsync("BITFIELD", BitsOf(list.Name), "GET", "u2", OffsetOf(index));
            if (await transaction.ExecuteAsync())
            {
                var (epoch, sequence) = ((await header)[0], (await header)[1]);
                if (epoch == board.Epoch.ToString("N") && sequence.TryParse(out long reached) && reached >= list.Sequence)
                {
                    value = (StatusValue)(int)((RedisResult[])(await bit)!)[0];
                }
            }
        });
        return value;
    }

    private async Task<bool> CheckAsync(IDatabase database, BoardList list, bool bytesToo)
    {
        var header = Header.Of(await database.HashGetAllAsync(HeaderOf(list.Name)));
        var snapshot = list.Snapshot();
        var digest = Convert.ToHexStringLower(snapshot.Digest);
        if (header is not null && header.Epoch == board.Epoch.ToString("N") && header.Sequence > snapshot.Sequence)
        {
            // Another node is ahead; or the database went back (a backup, a failover that lost writes), or somebody wrote there who should
            // not. The database tells: it gave no such number if it does not have it now.
            if (header.Sequence <= await ReachedAsync(list.Name))
            {
                return false;
            }

            ProjectionAhead(list.Name, header.Sequence, snapshot.Sequence);
            return await WriteWholeAsync(database, list.Name, snapshot, header);
        }

        var same = header is not null && header.Epoch == board.Epoch.ToString("N") && header.Sequence == snapshot.Sequence && header.Digest == digest;
        if (same && bytesToo)
        {
            byte[]? bytes = await database.StringGetAsync(BitsOf(list.Name));
            same = bytes is not null && bytes.AsSpan().SequenceEqual(snapshot.Bytes);
        }

        if (!same)
        {
            ProjectionRewritten(list.Name);
            return await WriteWholeAsync(database, list.Name, snapshot, header);
        }

        _written[list.Name] = (snapshot.Sequence, digest);
        return false;
    }

    private async Task<long> ReachedAsync(string list)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<StatusListRow>().Where(row => row.Name == list).Select(row => row.Sequence).SingleOrDefaultAsync();
    }

    private async Task WriteAsync(IDatabase database, BoardList list)
    {
        var snapshot = list.Snapshot();
        if (_written.TryGetValue(list.Name, out var written) && snapshot.Changed is { } changed && await TryWriteChangesAsync(database, list.Name, snapshot, changed, written))
        {
            return;
        }

        var header = Header.Of(await database.HashGetAllAsync(HeaderOf(list.Name)));
        if (header is null || header.Epoch != board.Epoch.ToString("N") || header.Sequence < snapshot.Sequence)
        {
            await WriteWholeAsync(database, list.Name, snapshot, header);
        }
        else
        {
            // Another node wrote this sequence or a later one. If the bytes differ for long, the reconciler rewrites them.
            _written[list.Name] = (snapshot.Sequence, header.Digest);
        }
    }

    private async Task<bool> TryWriteChangesAsync(
        IDatabase database, string list, BoardSnapshot snapshot, IReadOnlyCollection<int> changed, (long Sequence, string Digest) written)
    {
        var transaction = database.CreateTransaction();
        // Only on top of what we know is there: a late writer must not carry an old value over a newer one.
        transaction.AddCondition(Condition.HashEqual(HeaderOf(list), "epoch", board.Epoch.ToString("N")));
        transaction.AddCondition(Condition.HashEqual(HeaderOf(list), "seq", written.Sequence));
        transaction.AddCondition(Condition.HashEqual(HeaderOf(list), "digest", written.Digest));
        foreach (var chunk in changed.Chunk(200))
        {
            var arguments = new List<object> { BitsOf(list) };
            foreach (var index in chunk)
            {
                arguments.AddRange(["SET", "u2", OffsetOf(index), (snapshot.Bytes[index >> 2] >> ((index & 3) * 2)) & 3]);
            }

            _ = transaction.ExecuteAsync("BITFIELD", arguments);
        }

        return await CommitAsync(transaction, list, snapshot);
    }

    private Task<bool> WriteWholeAsync(IDatabase database, string list, BoardSnapshot snapshot, Header? seen)
    {
        var transaction = database.CreateTransaction();
        if (seen is null)
        {
            transaction.AddCondition(Condition.HashNotExists(HeaderOf(list), "digest"));
        }
        else
        {
            transaction.AddCondition(Condition.HashEqual(HeaderOf(list), "seq", seen.Sequence));
            transaction.AddCondition(Condition.HashEqual(HeaderOf(list), "digest", seen.Digest));
        }

        _ = transaction.StringSetAsync(BitsOf(list), snapshot.Bytes);
        return CommitAsync(transaction, list, snapshot);
    }

    private async Task<bool> CommitAsync(ITransaction transaction, string list, BoardSnapshot snapshot)
    {
        var digest = Convert.ToHexStringLower(snapshot.Digest);
        _ = transaction.HashSetAsync(
            HeaderOf(list),
            [
                new("epoch", board.Epoch.ToString("N")), new("seq", snapshot.Sequence), new("count", snapshot.CountWithdrawn()), new("digest", digest),
            ]);
        if (await transaction.ExecuteAsync())
        {
            _written[list] = (snapshot.Sequence, digest);
            return true;
        }

        // Somebody else wrote in between: whatever is there now, ours is not it.
        _written.Remove(list);
        return false;
    }

    private async Task<bool> TryAsync(Func<Task> what)
    {
        try
        {
            await what();
            return true;
        }
        catch (RedisException exception)
        {
            RedisFailed(exception.Message);
        }
        catch (TimeoutException exception)
        {
            RedisFailed(exception.Message);
        }

        return false;
    }

    private sealed record Header(string Epoch, long Sequence, string Digest)
    {
        public static Header? Of(HashEntry[] fields)
        {
            var values = fields.ToDictionary(field => (string)field.Name!, field => (string?)field.Value);
            return values.GetValueOrDefault("epoch") is { } epoch && values.GetValueOrDefault("digest") is { } digest
                && long.TryParse(values.GetValueOrDefault("seq"), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)
                ? new Header(epoch, sequence, digest)
                : null;
        }
    }

    [LoggerMessage(3020, LogLevel.Warning, "Redis did not take or give a status list: {Problem}")]
    private partial void RedisFailed(string problem);

    [LoggerMessage(3021, LogLevel.Information, "{List} was missing, older or different in Redis and has been written anew")]
    private partial void ProjectionRewritten(string list);

    [LoggerMessage(3022, LogLevel.Warning, "{List} is at {Theirs} in Redis and the database has no such change; at {Ours} here. Written anew. Was an older database restored?")]
    private partial void ProjectionAhead(string list, long theirs, long ours);
}
