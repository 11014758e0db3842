using StackExchange.Redis;

namespace Identity.Server.Storage;

/// <summary>
/// Redis, where there is one (<c>ConnectionStrings:Redis</c>). It is a projection that can be rebuilt and a messenger between
/// nodes; nothing is lost with it. Every use must be ready for <see cref="TryGet"/> to say no and for a command to fail within
/// a quarter of a second: Redis that is down makes the service smaller, never slower and never wrong.
/// </summary>
internal sealed partial class RedisConnection : IAsyncDisposable
{
    private readonly string? _connectionString;
    private readonly ILogger<RedisConnection> _logger;
    private ConnectionMultiplexer? _multiplexer;
    private volatile bool _evicts;

    public RedisConnection(IConfiguration configuration, ILogger<RedisConnection> logger)
    {
        _connectionString = configuration.GetConnectionString("Redis");
        _logger = logger;
    }

    public bool IsConfigured => !string.IsNullOrEmpty(_connectionString);

    /// <summary>Null when none is configured, and until <see cref="ConnectAsync"/> has run.</summary>
    public IConnectionMultiplexer? Multiplexer => _multiplexer;

    /// <summary>The database to use right now; null when Redis is absent, down, or would throw keys away.</summary>
    public IDatabase? TryGet() => _multiplexer is { IsConnected: true } connected && !_evicts ? connected.GetDatabase() : null;

    /// <summary>
    /// Connects if configured. Redis being down is no reason not to start; a Redis that evicts is: it would forget
    /// revocations one by one, and do so silently.
    /// </summary>
    public async Task ConnectAsync()
    {
        if (!IsConfigured)
        {
            return;
        }

        var options = ConfigurationOptions.Parse(_connectionString!);
        options.AbortOnConnectFail = false;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        // The client counts INFO among the commands of administrators. The server's own ACL decides what this account may do.
        options.AllowAdmin = true;
        options.ConnectTimeout = 1000;
        options.AsyncTimeout = 250;
        options.SyncTimeout = 250;
        _multiplexer = await ConnectionMultiplexer.ConnectAsync(options);
        _multiplexer.ConnectionRestored += async (_, _) => await CheckEvictionAsync();
        if (!_multiplexer.IsConnected)
        {
            RedisIsDown();
        }

        if (await CheckEvictionAsync() is { } policy)
        {
            throw new StartRefusedException(
                $"The Redis of ConnectionStrings:Redis has maxmemory-policy {policy}: it may throw revocations away. Set it to noeviction, or give the server a Redis of its own.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_multiplexer is not null)
        {
            await _multiplexer.DisposeAsync();
        }
    }

    /// <summary>Returns the policy when it evicts. Read with INFO, which an account without CONFIG may call.</summary>
    private async Task<string?> CheckEvictionAsync()
    {
        try
        {
            foreach (var endpoint in _multiplexer!.GetEndPoints())
            {
                var memory = await _multiplexer.GetServer(endpoint).InfoAsync("memory");
                var policy = memory.SelectMany(section => section).FirstOrDefault(line => line.Key == "maxmemory_policy").Value;
                if (policy is not null and not "noeviction")
                {
                    _evicts = true;
                    RedisEvicts(policy);
                    return policy;
                }
            }

            _evicts = false;
        }
        catch (RedisServerException)
        {
            // NOPERM. What may not be asked must be taken for the worst.
            const string Unknown = "unknown (the account may not call INFO)";
            _evicts = true;
            RedisEvicts(Unknown);
            return Unknown;
        }
        catch (RedisException)
        {
            // Down: asked again when the connection comes back.
        }
        catch (TimeoutException)
        {
            // The same.
        }

        return null;
    }

    [LoggerMessage(9001, LogLevel.Warning, "Redis does not answer. Going on without it; status answers come from this process and the database")]
    private partial void RedisIsDown();

    [LoggerMessage(9002, LogLevel.Critical, "Redis has maxmemory-policy {Policy} and may throw revocations away. It is not used until it says noeviction")]
    private partial void RedisEvicts(string policy);
}
