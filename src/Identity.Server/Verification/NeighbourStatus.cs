using System.Collections.Concurrent;
using OneCode;

namespace Identity.Server.Verification;

/// <summary>
/// What is known of another region's code: that region's own signed list, fetched from where the trust list says. Our register must not be asked:
/// lists have the same names everywhere, and it would answer for a stranger's index.
/// </summary>
internal sealed class NeighbourStatus(IHttpClientFactory clients, TimeProvider clock)
{
    public const string HttpClientName = "neighbour-status";

    /// <summary>The least time between two tries for the same list: where nobody answered, where the list that came is old already, and where its ttl is next to nothing.</summary>
    public static readonly TimeSpan Floor = TimeSpan.FromSeconds(5);

    private Held? _held;

    /// <summary>
    /// Asks for a list when the one held is past its ttl, once for all who wait; in between, and where nobody answers, what is held counts with its age.
    /// </summary>
    public async ValueTask<StatusAnswer> ReadAsync(StatusQuery? query, TrustList trust, CancellationToken cancellationToken)
    {
        if (query is not { } asked)
        {
            return StatusAnswer.NotCovered;
        }

        // Another trust list may have withdrawn what signed the lists held: then all are fetched anew.
        var held = Volatile.Read(ref _held);
        if (held is null || !ReferenceEquals(held.Trust, trust))
        {
            Volatile.Write(ref _held, held = new Held(trust));
        }

        // Nobody's hanging up ends it for the others; the client gives up by itself.
        await LookOf(held, asked).Fetched.Value.WaitAsync(cancellationToken);
        return held.Lists.Find(asked);
    }

    /// <summary>Only genuine codes come so far, so the addresses are ones that an issuer gave.</summary>
    private Look LookOf(Held held, StatusQuery asked)
    {
        var now = clock.GetUtcNow();
        return held.Looks.AddOrUpdate(asked.Uri, Anew, (_, look) => IsDue(look) ? Anew(asked.Uri) : look);

        // While a look is under way, whoever comes waits with the others.
        bool IsDue(Look look) => now - look.At >= Floor && look.Fetched.Value.IsCompleted && (held.Lists.Get(asked.Issuer, asked.Uri) is not { } list || IsPast(list.Content, now));

        Look Anew(string list) => new(now, new(() => FetchAsync(held, list)));
    }

    private static bool IsPast(StatusListContent list, DateTimeOffset now) => now >= list.IssuedAt + list.TimeToLive || now >= list.ExpiresAt;

    private async Task FetchAsync(Held held, string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)))
        {
            return;
        }

        try
        {
            using var client = clients.CreateClient(HttpClientName);
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            request.Headers.Accept.ParseAdd(StatusListToken.MediaType);
            using var response = await client.SendAsync(request);
            if (response.IsSuccessStatusCode
                && StatusListToken.TryVerify(await response.Content.ReadAsByteArrayAsync(), held.Trust, held.Lists, out var list, out _))
            {
                held.Lists.TryAdd(list);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // The other region is out of reach: the verdict says what is missing.
        }
    }

    private sealed record Held(TrustList Trust)
    {
        public StatusSnapshots Lists { get; } = new();

        public ConcurrentDictionary<string, Look> Looks { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>When a list was asked for, and that it has come or not; begun by the first who waits for it.</summary>
    private sealed record Look(DateTimeOffset At, Lazy<Task> Fetched);
}
