using System.Collections.Concurrent;
using Identity.Server.Clients;

namespace Identity.Server.Connect.Proofs;

/// <summary>
/// The keys that clients publish themselves (<c>jwks_uri</c> of RFC 7591). Fetched through the guard against calls into our own networks, by
/// HTTPS, small and quickly or not at all; kept for a while, and fetched again when a signature fits none of them, at most once a minute:
/// whoever sends wrong assertions must not have us call somebody else all day.
/// </summary>
internal sealed partial class FetchedKeys(IHttpClientFactory clients, TimeProvider clock, ILogger<FetchedKeys> logger)
{
    public const string HttpClientName = "client-keys";

    /// <summary>Of one document.</summary>
    public const int LargestSet = 32 * 1024;

    /// <summary>Older ones are fetched again, and count until that is done.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromMinutes(10);

    /// <summary>For so long at most: a key that its owner took back must end, also when the address does not answer.</summary>
    public static readonly TimeSpan Good = TimeSpan.FromHours(1);

    /// <summary>Between two attempts.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private const int Most = 2000;

    private readonly ConcurrentDictionary<string, Document> _known = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task>> _underWay = new(StringComparer.Ordinal);

    private sealed record Document(IReadOnlyList<PublicKey> Keys, DateTimeOffset FetchedAt, DateTimeOffset TriedAt);

    /// <summary>What is held now. Never waits.</summary>
    public IReadOnlyList<PublicKey> Held(string address)
    {
        if (!_known.TryGetValue(address, out var document) || clock.GetUtcNow() - document.FetchedAt >= Good)
        {
            return [];
        }

        if (clock.GetUtcNow() - document.FetchedAt >= Fresh && IsDue(address))
        {
            _ = FetchOnceAsync(address);
        }

        return document.Keys;
    }

    /// <summary>For a signature that none of the held keys made: fetches them, unless that was tried a moment ago. Whoever comes meanwhile waits for the same answer.</summary>
    public Task RenewAsync(string address, CancellationToken cancellationToken) =>
        _underWay.ContainsKey(address) || IsDue(address) ? FetchOnceAsync(address).WaitAsync(cancellationToken) : Task.CompletedTask;

    private bool IsDue(string address) => !_known.TryGetValue(address, out var document) || clock.GetUtcNow() - document.TriedAt >= Pause;

    private Task FetchOnceAsync(string address) => _underWay.GetOrAdd(address, static (at, self) => new Lazy<Task>(() => self.FetchAsync(at)), this).Value;

    private async Task FetchAsync(string address)
    {
        // What is noted first holds the next attempt off, however this one ends.
        var now = clock.GetUtcNow();
        var before = _known.GetValueOrDefault(address) ?? new Document([], DateTimeOffset.MinValue, now);
        MakeRoom();
        _known[address] = before with { TriedAt = now };
        try
        {
            using var http = clients.CreateClient(HttpClientName);
            var text = await http.GetStringAsync(new Uri(address), CancellationToken.None);
            if (ClientKeys.ReadPublished(text) is { } keys)
            {
                _known[address] = new Document(keys, now, now);
            }
            else
            {
                NoKeys(new Uri(address).Host);
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // Refused by the guard, not there, too slow, too large, or no 200.
            NotFetched(new Uri(address).Host, fault.InnerException?.GetType().Name ?? fault.GetType().Name);
        }
        finally
        {
            _underWay.TryRemove(address, out _);
        }
    }

    /// <summary>Only addresses of registered clients get here; should there be very many, the ones that were tried longest ago go.</summary>
    private void MakeRoom()
    {
        if (_known.Count >= Most)
        {
            foreach (var (address, _) in _known.OrderBy(pair => pair.Value.TriedAt).Take(Most / 10).ToArray())
            {
                _known.TryRemove(address, out _);
            }
        }
    }

    [LoggerMessage(1050, LogLevel.Warning, "The client keys at {Host} cannot be fetched: {Fault}")]
    private partial void NotFetched(string host, string fault);

    [LoggerMessage(1051, LogLevel.Warning, "What {Host} publishes as client keys is no JWK Set with a usable key")]
    private partial void NoKeys(string host);
}
