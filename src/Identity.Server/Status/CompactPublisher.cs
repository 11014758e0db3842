using System.Collections.Concurrent;
using Identity.Server.Trust;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// Says in compact form what the published lists say (SPEC 13). Made from their tokens and from nothing else, so it can neither withdraw nor
/// forgive what they do not. The node that publishes lists makes it; all serve what the database has of it.
/// </summary>
internal sealed partial class CompactPublisher(
    StatusBoard board, CompactLedger ledger, Leadership leadership, KeyRing keys, TrustListSource trust, IOptions<StatusOptions> options, TimeProvider time, ILogger<CompactPublisher> logger) : BackgroundService
{
    // Lists that are published in the same second: the version, which counts seconds, must not be given before the last of them is here.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    // Two nodes behind one address should differ for no longer than a download takes to begin.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, CompactHistory> _series = new();
    private readonly Dictionary<string, (long Sequence, CompactList List)> _read = [];

    public IEnumerable<CompactHistory> Series => _series.Values.Where(series => series.Current is not null).OrderBy(series => series.Series, StringComparer.Ordinal);

    public CompactHistory? Find(string series) => _series.GetValueOrDefault(series);

    public byte[]? Body(string digest) => _series.Values.Select(series => series.Body(digest)).FirstOrDefault(body => body is not null);

    /// <summary>Printed codes of a kind are one series, whatever month they end in; phone codes are one for each day, which is gone with it.</summary>
    public static string SeriesOf(string group) => group[1] == 'm' ? group[..2] : group;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PublishWithin / 4 is var often && often < LookEvery ? often : LookEvery, time);
        do
        {
            try
            {
                await ReadChangedAsync(stoppingToken);
                // A key that cannot be used is said loudly by the publisher of the lists.
                if (leadership.Leads && keys.ProblemOf(KeyPurpose.StatusList) is null)
                {
                    await PublishDueAsync(stoppingToken);
                }
            }
#pragma warning disable CA1031 // A background loop outlives every fault; the plain lists are there, and what was published stays good until its exp.
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
#pragma warning restore CA1031
            {
                PublishingFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ReadChangedAsync(CancellationToken cancellationToken)
    {
        var revisions = await ledger.RevisionsAsync(cancellationToken);
        foreach (var (name, revision) in revisions)
        {
            var history = _series.GetValueOrDefault(name) ?? new CompactHistory(name);
            if (history.Revision == revision)
            {
                continue;
            }

            if (await ledger.ReadAsync(history, cancellationToken))
            {
                _series[name] = history;
            }
            else if (leadership.Leads)
            {
                // Nobody takes what follows from it: verifiers begin with a snapshot.
                _series.TryRemove(name, out _);
                await ledger.ForgetAsync(name, cancellationToken);
            }
        }

        foreach (var gone in _series.Keys.Where(name => !revisions.ContainsKey(name)).ToList())
        {
            _series.TryRemove(gone, out _);
        }
    }

    private async Task PublishDueAsync(CancellationToken cancellationToken)
    {
        var groups = board.Lists.GroupBy(list => SeriesOf(list.Group)).ToList();
        foreach (var group in groups)
        {
            // A list that is not published yet is named by no credential yet either.
            var tokens = group.Select(list => (list.Name, Token: list.Published)).Where(list => list.Token is not null).Select(list => (list.Name, Token: list.Token!)).ToList();
            if (tokens.Count > 0)
            {
                await PublishAsync(_series.GetValueOrDefault(group.Key) ?? new CompactHistory(group.Key), tokens, cancellationToken);
            }
        }

        var live = groups.Select(group => group.Key).ToHashSet();
        foreach (var gone in _series.Keys.Where(name => !live.Contains(name)).ToList())
        {
            await ledger.ForgetAsync(gone, cancellationToken);
            _series.TryRemove(gone, out _);
        }

        foreach (var gone in _read.Keys.Where(name => board.Find(name) is null).ToList())
        {
            _read.Remove(gone);
        }
    }

    private async Task PublishAsync(CompactHistory series, List<(string Name, PublishedToken Token)> tokens, CancellationToken cancellationToken)
    {
        var newest = tokens.Max(list => list.Token.Version);
        var oldest = tokens.Min(list => list.Token.Version);
        var current = series.Current;
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(oldest);
        var isOlder = current is not null && current.Content.IssuedAt >= issuedAt;
        if (newest > (time.GetUtcNow() - Settled).ToUnixTimeSeconds() || (isOlder && series.Seen == newest))
        {
            return;
        }

        var state = CompactState.Create(tokens.Select(list => Read(list.Name, list.Token)));
        var isSame = current is not null && current.State.Digest.Span.SequenceEqual(state.Digest.Span);
        series.Seen = newest;
        // Another state must have a later version: where a list only went, or this board is behind what another node made, the next token brings it.
        if (isSame ? isOlder : newest <= current?.Content.Version)
        {
            return;
        }

        var signer = await keys.SignerAsync(KeyPurpose.StatusList, cancellationToken);
        var step = await series.NextAsync(
            state,
            new CompactStatusContent
            {
                Series = series.Series,
                StatusUriTemplate = trust.StatusUriTemplate,
                Version = isSame ? current!.Content.Version : newest,
                // The oldest of its lists: none of them is said to be newer than it is. A new list may be older than the rest; the time does not go back for it.
                IssuedAt = isOlder ? current!.Content.IssuedAt : issuedAt,
                TimeToLive = options.Value.Ttl,
                ExpiresAt = tokens.Min(list => list.Token.ExpiresAt),
                StateDigest = state.Digest,
                StateSize = isSame ? current!.Content.StateSize : state.Encode().Length,
            },
            signer,
            cancellationToken);
        if (await ledger.WriteAsync(series, step, cancellationToken))
        {
            _series[series.Series] = series;
        }
        else
        {
            series.Seen = 0;
        }
    }

    private CompactList Read(string name, PublishedToken token)
    {
        if (!_read.TryGetValue(name, out var known) || known.Sequence != token.Sequence)
        {
            _read[name] = known = (token.Sequence, CompactList.Create(name, StatusListJwt.ReadOwn(token.Jwt)));
        }

        return known.List;
    }

    [LoggerMessage(3040, LogLevel.Error, "Publishing the compact form of the status lists failed; trying again")]
    private partial void PublishingFailed(Exception exception);
}
