using System.Collections.Concurrent;
using Identity.Server.Trust;
using Microsoft.Extensions.Options;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// Says in compact form what the published lists say (SPEC 13). Made from their tokens and from nothing else, so it can neither withdraw nor
/// forgive what they do not. Each node makes its own; version and times follow from the tokens, so nodes that have the same tokens say the same.
/// </summary>
internal sealed partial class CompactPublisher(
    StatusBoard board, KeyRing keys, TrustListSource trust, IOptions<StatusOptions> options, TimeProvider time, ILogger<CompactPublisher> logger) : BackgroundService
{
    // Lists that are published in the same second: the version, which counts seconds, must not be given before the last of them is here.
    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, CompactHistory> _series = new();
    private readonly Dictionary<string, (long Sequence, CompactList List)> _read = [];

    public IEnumerable<CompactHistory> Series => _series.Values.Where(series => series.Current is not null).OrderBy(series => series.Series, StringComparer.Ordinal);

    public CompactHistory? Find(string series) => _series.GetValueOrDefault(series);

    public byte[]? Body(string digest) => _series.Values.Select(series => series.Body(digest)).FirstOrDefault(body => body is not null);

    /// <summary>Printed codes of a kind are one series, whatever month they end in; phone codes are one for each day, which is gone with it.</summary>
    public static string SeriesOf(string group) => group[1] == 'm' ? group[..2] : group;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.PublishWithin / 4, time);
        do
        {
            try
            {
                await PublishDueAsync(stoppingToken);
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

    private async Task PublishDueAsync(CancellationToken cancellationToken)
    {
        if (keys.ProblemOf(KeyPurpose.StatusList) is not null)
        {
            // The publisher of the lists says so, loudly.
            return;
        }

        var groups = board.Lists.GroupBy(list => SeriesOf(list.Group)).ToList();
        foreach (var group in groups)
        {
            // A list that is not published yet is named by no credential yet either.
            var tokens = group.Select(list => (list.Name, Token: list.Published)).Where(list => list.Token is not null).Select(list => (list.Name, Token: list.Token!)).ToList();
            if (tokens.Count > 0)
            {
                await PublishAsync(_series.GetOrAdd(group.Key, name => new CompactHistory(name)), tokens, cancellationToken);
            }
        }

        var live = groups.Select(group => group.Key).ToHashSet();
        foreach (var gone in _series.Keys.Where(name => !live.Contains(name)).ToList())
        {
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
        if (isSame && isOlder)
        {
            return;
        }

        var signer = await keys.SignerAsync(KeyPurpose.StatusList, cancellationToken);
        await series.PublishAsync(
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
