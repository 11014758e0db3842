using System.Collections.Concurrent;
using System.Text.Json;

namespace OneCode.Verifier;

/// <summary>
/// One call at the gate: judges a scanned text by what is held, and fetches what is missing when there is a network. Everything fetched is checked
/// against the roots that the caller holds; older lists never take the place of newer ones, neither from the network nor from the disk.
/// </summary>
/// <example>
/// <code>
/// var roots = TrustRoots.ParseJson(await File.ReadAllTextAsync("roots.json"));
/// var verifier = new CodeVerifier(roots, new CodeVerifierOptions { TrustListUri = new("https://id.example.cn/trust/list") }, new HttpClient(), TimeProvider.System);
/// verifier.Load();
/// var verdict = await verifier.VerifyAsync(text);
/// </code>
/// </example>
public sealed partial class CodeVerifier
{
    private const string CompactStatusMember = "compact_status_uri";
    private const string RootChangesMember = "root_changes_uri";

    private readonly CodeVerifierOptions options;
    private readonly HttpClient http;
    private readonly TimeProvider clock;
    private readonly ListCache? cache;
    private readonly OfflineVerifier offline;
    private readonly CompactDownloads compact;
    private readonly Lock taking = new();
    private readonly List<byte[]> rootChanges = [];
    private readonly ConcurrentDictionary<string, Uri> discovered = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> triedAt = new(StringComparer.Ordinal);

    /// <param name="roots">Kept from a trusted moment: what a URL serves is never trusted by itself.</param>
    /// <param name="options">Where to fetch and where to keep.</param>
    /// <param name="http">Its timeout bounds how long a guard waits.</param>
    /// <param name="clock">The clock that codes are judged by.</param>
    public CodeVerifier(TrustRoots roots, CodeVerifierOptions options, HttpClient http, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(clock);
        this.options = options;
        this.http = http;
        this.clock = clock;
        cache = options.CacheFolder is { } folder ? new ListCache(folder) : null;
        offline = new OfflineVerifier(roots);
        compact = new CompactDownloads(http, cache, () => offline.Compact, TakeCompact, message =>
            offline.Trust is { } trust && CompactStatusToken.TryVerify(message, trust, out var verified, out _) ? verified : null);
    }

    /// <summary>The root keys held: those given, or what they handed over to since.</summary>
    public TrustRoots Roots => offline.Roots!;

    /// <summary>The trust list held, for pages that show its age.</summary>
    public TrustList? Trust => offline.Trust;

    /// <summary>The status lists held.</summary>
    public StatusSnapshots Statuses => offline.Statuses;

    /// <summary>The compact series held.</summary>
    public CompactStatuses Compact => offline.Compact;

    /// <summary>Reads what an earlier run kept. What does not verify any more is passed over.</summary>
    public void Load()
    {
        if (cache is null)
        {
            return;
        }

        lock (taking)
        {
            // The roots first: a list is judged by those of today, so one that only the old ones signed is fetched anew.
            if (cache.ReadRootChanges() is { } chain && TrustRootsToken.TryReadChain(chain, out var changes))
            {
                foreach (var change in changes.Where(change => offline.TakeRoots(change.Span) is null))
                {
                    rootChanges.Add(change.ToArray());
                }
            }

            if (cache.ReadTrustList() is { } trust)
            {
                _ = offline.TakeTrustList(trust);
            }

            foreach (var list in cache.ReadStatusLists())
            {
                _ = offline.TakeStatusList(list);
            }

            foreach (var kept in cache.ReadCompact())
            {
                if (CompactDeltas.TryRead(kept, out var pairs) && pairs is [var (message, state)])
                {
                    _ = offline.TakeCompact(message.Span, state.Span);
                }
            }
        }
    }

    /// <summary>
    /// Takes a change of root keys in by hand, and keeps it. Null when the roots held handed over; else why not. It goes on for
    /// <see cref="TrustRootsToken.MaximumChanges"/> changes from the roots given: what is longer is read by nobody.
    /// </summary>
    public TrustListRejection? TakeRoots(byte[] change)
    {
        lock (taking)
        {
            if (!TrustRootsToken.TryVerify(change, Roots, out _, out var rejection))
            {
                return rejection;
            }

            if (rootChanges.Count == TrustRootsToken.MaximumChanges)
            {
                // One more would be a chain that is not read back: a gate that has come so far is given new roots by hand.
                return TrustListRejection.Malformed;
            }

            // Kept before it counts: one that counts and is not on the disk is refused from then on, and gone at the next start.
            cache?.WriteRootChanges([.. rootChanges.SelectMany(taken => taken), .. change]);
            rootChanges.Add([.. change]);
            return offline.TakeRoots(change);
        }
    }

    /// <summary>Takes a list in by hand, and keeps it. Null when it was accepted; else why not.</summary>
    public TrustListRejection? TakeTrustList(byte[] bytes)
    {
        lock (taking)
        {
            var rejection = offline.TakeTrustList(bytes);
            if (rejection is null)
            {
                cache?.WriteTrustList(bytes);
            }

            return rejection;
        }
    }

    /// <summary>Takes a list in by hand, and keeps it. Null when it was accepted; else why not.</summary>
    public StatusListRejection? TakeStatusList(byte[] bytes)
    {
        lock (taking)
        {
            if (offline.Trust is not { } trust)
            {
                return StatusListRejection.KeyNotInTrustList;
            }

            if (!StatusListToken.TryVerify(bytes, trust, offline.Statuses, out var snapshot, out var rejection))
            {
                return rejection;
            }

            if (!offline.Statuses.TryAdd(snapshot))
            {
                return StatusListRejection.Rollback;
            }

            cache?.WriteStatusList(snapshot.Content.Uri, bytes);
            return null;
        }
    }

    /// <summary>
    /// Takes a compact statement with its state or its changes in by hand. Null when it was accepted; else why not. It is kept on disk by the next
    /// background refresh.
    /// </summary>
    public StatusListRejection? TakeCompact(byte[] message, byte[] body)
    {
        lock (taking)
        {
            return offline.TakeCompact(message, body);
        }
    }

    /// <summary>Judges by what is held, without waiting.</summary>
    public Verdict Verify(string text) => VerifierMetrics.Counted(offline.Verify(text, clock.GetUtcNow()));

    /// <summary>Judges; fetches what was missing and judges again. Never throws on what was scanned, nor for want of a network.</summary>
    public async ValueTask<Verdict> VerifyAsync(string text, CancellationToken cancellationToken = default)
    {
        var verdict = Verify(text);
        if (LacksTrust(verdict) && await FetchTrustListAsync(cancellationToken).ConfigureAwait(false))
        {
            verdict = Verify(text);
        }

        return MissingStatus(verdict) is { } query && await FetchStatusListAsync(query, cancellationToken).ConfigureAwait(false) ? Verify(text) : verdict;
    }

    /// <summary>Fetches whatever is held and past its ttl. Call it now and then, or leave it to <see cref="RunAsync"/>.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken = default)
    {
        var now = clock.GetUtcNow();
        if (Trust is not { } trust || now >= trust.Content.IssuedAt + trust.Content.TimeToLive)
        {
            await FetchRootChangesAsync(cancellationToken).ConfigureAwait(false);
            await FetchTrustListAsync(cancellationToken).ConfigureAwait(false);
        }

        await RefreshCompactAsync(now, cancellationToken).ConfigureAwait(false);
        foreach (var held in Statuses.All)
        {
            if (now >= held.Content.IssuedAt + held.Content.TimeToLive)
            {
                // The name is only known to the template, so a mirror is asked for what scans ask of it, not here.
                await FetchAsync(held.Content.Uri, StatusListToken.MaximumSize, bytes => TakeStatusList(bytes) is null, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Refreshes until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Load();
        while (true)
        {
            await RefreshAsync(cancellationToken).ConfigureAwait(false);
            ReportAges();
            await Task.Delay(Jittered(options.RefreshEvery), clock, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool LacksTrust(Verdict verdict) =>
        verdict is Verdict.Indeterminate { Missing: Doubt.TrustMissing or Doubt.TrustStale or Doubt.KeyNotInTrustList };

    private static StatusQuery? MissingStatus(Verdict verdict) =>
        verdict is Verdict.Indeterminate { Missing: Doubt.StatusUnknown or Doubt.StatusStale or Doubt.NotCovered, Credential: { } credential } ? credential.StatusQuery : null;

    private async Task RefreshCompactAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!options.FetchCompactStatus || Trust is null || !(Compact.All.Count == 0 || Compact.All.Any(series => now >= series.Message.Content.IssuedAt + series.Message.Content.TimeToLive)))
        {
            return;
        }

        try
        {
            var address = options.CompactStatusUri ?? await DiscoverAsync(CompactStatusMember, cancellationToken).ConfigureAwait(false);
            if (address is not null && MayTry(address))
            {
                await compact.RefreshAsync(address, options.CompactSeries, now, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (IsOutage(e, cancellationToken))
        {
            // What is held stays, and what an interrupted download left is gone on from.
        }
    }

    // What an earlier look found stands until another finds something else.
    private async Task<Uri?> DiscoverAsync(string name, CancellationToken cancellationToken)
    {
        if (options.MetadataUri is { } metadata)
        {
            await FetchAsync(metadata.AbsoluteUri, 64 * 1024, Discover, cancellationToken).ConfigureAwait(false);
        }

        return discovered.GetValueOrDefault(name);
    }

    private bool Discover(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return false;
            }

            foreach (var member in document.RootElement.EnumerateObject())
            {
                // Only what is looked for: a document may name anything, and nothing is dropped again.
                if (member.Name is CompactStatusMember or RootChangesMember && member.Value.ValueKind == JsonValueKind.String && Uri.TryCreate(member.Value.GetString(), UriKind.Absolute, out var address))
                {
                    discovered[member.Name] = address;
                }
            }

            return true;
        }
        catch (InvalidOperationException)
        {
            // Half a character in a text, which the framework notices only when it is asked for: a document like that ended the host of the gate.
            return false;
        }
    }

    private async Task<bool> FetchTrustListAsync(CancellationToken cancellationToken)
    {
        byte[]? unvouched = null;
        return options.TrustListUri is { } uri
            && (await FetchAsync(uri.AbsoluteUri, TrustListToken.MaximumSize, Take, cancellationToken).ConfigureAwait(false)
                || (unvouched is not null && await FetchRootChangesAsync(cancellationToken).ConfigureAwait(false) && TakeTrustList(unvouched) is null));

        bool Take(byte[] bytes)
        {
            // Signed by too few of the roots held: they may have handed over.
            var rejection = TakeTrustList(bytes);
            unvouched = rejection == TrustListRejection.ThresholdNotMet ? bytes : null;
            return rejection is null;
        }
    }

    private async Task<bool> FetchRootChangesAsync(CancellationToken cancellationToken)
    {
        var uri = options.RootChangesUri ?? await DiscoverAsync(RootChangesMember, cancellationToken).ConfigureAwait(false);
        return uri is not null && await FetchAsync(
            uri.AbsoluteUri,
            TrustRootsToken.MaximumSize * TrustRootsToken.MaximumChanges,
            bytes =>
            {
                // The whole chain is served: what came before the roots held is refused, and the next link fits or does not.
                var taken = false;
                foreach (var change in TrustRootsToken.TryReadChain(bytes, out var changes) ? changes : [])
                {
                    taken |= TakeRoots(change.ToArray()) is null;
                }

                return taken;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> FetchStatusListAsync(StatusQuery query, CancellationToken cancellationToken)
    {
        var uri = options.StatusMirror?.Replace(TrustedKey.ListPlaceholder, query.Reference.List, StringComparison.Ordinal) ?? query.Uri;
        return options.FetchStatusLists
            && await FetchAsync(uri, StatusListToken.MaximumSize, bytes => TakeStatusList(bytes) is null, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> FetchAsync(string address, int limit, Func<byte[], bool> take, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || !MayTry(uri))
        {
            return false;
        }

        try
        {
            var taken = await DownloadAsync(uri, limit, cancellationToken).ConfigureAwait(false) is { } bytes && take(bytes);
            VerifierMetrics.Fetches.Add(1, new KeyValuePair<string, object?>("taken", taken));
            return taken;
        }
        catch (Exception e) when (IsOutage(e, cancellationToken))
        {
            // The verdict says what is missing, and what is held stays.
            return false;
        }
    }

    private bool MayTry(Uri uri)
    {
        var now = clock.GetUtcNow();
        if ((uri.Scheme != Uri.UriSchemeHttps && !(uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            || (triedAt.TryGetValue(uri.AbsoluteUri, out var tried) && now - tried < options.Retry))
        {
            return false;
        }

        triedAt[uri.AbsoluteUri] = now;
        return true;
    }

    // No network, a slow one, a full disk, or a server that talks nonsense.
    private static bool IsOutage(Exception e, CancellationToken cancellationToken) => e is HttpRequestException or IOException or UnauthorizedAccessException or JsonException
        || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    // Read with a limit: a server that never stops sending must not fill a gate's memory.
    private async Task<byte[]?> DownloadAsync(Uri uri, int limit, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, uri);
        request.Headers.Accept.ParseAdd(StatusListToken.MediaType);
        request.Headers.Accept.ParseAdd("application/cose;q=0.9");
        request.Headers.Accept.ParseAdd("*/*;q=0.1");
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode || response.Content.Headers.ContentLength > limit)
        {
            return null;
        }

        // The client's own timeout ends with the headers; a server that stops sending would hold the refresh of everything else for ever.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(http.Timeout);
        using var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = new byte[limit + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, patience.Token).ConfigureAwait(false);
        return length <= limit ? buffer[..length] : null;
    }
}
