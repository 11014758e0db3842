using System.Collections.Concurrent;
using System.Security.Cryptography;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// One compact series as it is published: the newest statement, and signed deltas by which a verifier that missed any number of
/// versions catches up. What the database has (<see cref="CompactLedger"/>), in memory. Written by one thread, read by any.
/// </summary>
internal sealed class CompactHistory(string series)
{
    /// <summary>Versions that a verifier can catch up from: a week at one each five minutes.</summary>
    public const int Kept = 1 << Levels;

    /// <summary>Spans of deltas are powers of two up to this one: from any version to any later one in about twice the logarithm of steps.</summary>
    private const int Levels = 11;

    // A download that began with the state before goes on with it.
    private const int BodiesKept = 4;

    private readonly ConcurrentDictionary<long, Delta[]> _from = new();
    private readonly ConcurrentDictionary<string, byte[]> _bodies = new();
    private readonly Dictionary<long, (long Version, CompactState State)> _states = [];
    private Published? _current;

    public string Series => series;

    /// <summary>The newest token that this series was made from.</summary>
    public long Seen { get; set; }

    /// <summary>Of the database's row, as this was read from it or written to it.</summary>
    public long Revision { get; set; }

    public Published? Current => Volatile.Read(ref _current);

    /// <summary>The states that are here, by the ordinals of their versions.</summary>
    public IReadOnlyCollection<long> States => _states.Keys;

    public byte[]? Body(string digest) => _bodies.GetValueOrDefault(digest);

    /// <summary>The ordinals whose states are needed once this one is the newest: where later deltas begin, and the last few for whoever downloads them.</summary>
    public static HashSet<long> Needed(long ordinal) =>
        [.. Enumerable.Range(0, Levels).Select(level => ordinal >> level << level), .. Enumerable.Range(0, BodiesKept).Select(back => ordinal - back).Where(earlier => earlier >= 0)];

    /// <summary>Signs the next statement: a delta from the state before, and longer ones where their turn is. Nothing here changes by it.</summary>
    public async Task<Step> NextAsync(CompactState state, CompactStatusContent content, ISigner signer, CancellationToken cancellationToken)
    {
        var message = await SignAsync(content, signer, cancellationToken);
        if (Current is { } before && before.Content.Version >= content.Version)
        {
            return new Step(new Published(before.Ordinal, content, message, state), []);
        }

        var ordinal = (Current?.Ordinal ?? -1) + 1;
        var deltas = new List<Delta>();
        for (var level = 0; level < Levels; level++)
        {
            var begin = ordinal - (1L << level);
            if (ordinal % (1L << level) == 0 && _states.TryGetValue(begin, out var mark))
            {
                var changes = mark.State.ChangesTo(state);
                var delta = content with { Base = new CompactStatusBase(mark.Version, mark.State.Digest, SHA256.HashData(changes), changes.Length) };
                deltas.Add(new Delta(begin, mark.Version, content.Version, await SignAsync(delta, signer, cancellationToken), changes));
            }
        }

        return new Step(new Published(ordinal, content, message, state), deltas);
    }

    /// <summary>Takes what was signed here and kept, or what another node kept.</summary>
    public void Take(Published current, IEnumerable<(long Ordinal, long Version, CompactState State)> states, IEnumerable<Delta> deltas)
    {
        foreach (var (ordinal, version, state) in states)
        {
            _states[ordinal] = (version, state);
        }

        foreach (var delta in deltas)
        {
            _from.AddOrUpdate(delta.From, _ => [delta], (_, known) => [.. known.Where(other => other.Version != delta.Version), delta]);
        }

        foreach (var (version, _) in _from.Where(way => way.Value[0].FromOrdinal <= current.Ordinal - Kept).ToList())
        {
            _from.TryRemove(version, out _);
        }

        var needed = Needed(current.Ordinal);
        foreach (var over in _states.Keys.Where(ordinal => !needed.Contains(ordinal)).ToList())
        {
            _states.Remove(over);
        }

        // What was suspended and is so no more makes a state that there was before.
        var lately = _states.Where(state => state.Key > current.Ordinal - BodiesKept).Select(state => (Digest: Convert.ToHexStringLower(state.Value.State.Digest.Span), state.Value.State))
            .DistinctBy(state => state.Digest).ToDictionary(state => state.Digest, state => state.State);
        foreach (var (digest, state) in lately)
        {
            _bodies.GetOrAdd(digest, _ => state.Encode());
        }

        Volatile.Write(ref _current, current);
        foreach (var over in _bodies.Keys.Where(digest => !lately.ContainsKey(digest)).ToList())
        {
            _bodies.TryRemove(over, out _);
        }
    }

    public void Take(Step step) => Take(step.Current, [(step.Current.Ordinal, step.Current.Content.Version, step.Current.State)], step.Deltas);

    /// <summary>The deltas that lead from a version to the newest one, the longest first; null when there is no such way.</summary>
    public IReadOnlyList<Delta>? Since(long version)
    {
        if (Current is not { } current || version > current.Content.Version)
        {
            return null;
        }

        var way = new List<Delta>();
        while (version < current.Content.Version)
        {
            // The newest may be a moment ahead of what is read here; then the way ends before it, which is a way too.
            if (_from.GetValueOrDefault(version)?.Where(delta => delta.Version <= current.Content.Version).MaxBy(delta => delta.Version) is not { } next)
            {
                return null;
            }

            way.Add(next);
            version = next.Version;
        }

        return way;
    }

    private static ValueTask<byte[]> SignAsync(CompactStatusContent content, ISigner signer, CancellationToken cancellationToken) =>
        CompactStatusToken.Prepare(content, signer.KeyId, signer.Algorithm).CompleteAsync(signer, cancellationToken);

    // The ordinal: the how manieth version of its series it is, from 0; spans are counted by it.
    internal sealed record Published(long Ordinal, CompactStatusContent Content, byte[] Message, CompactState State);

    internal sealed record Delta(long FromOrdinal, long From, long Version, byte[] Message, byte[] Changes);

    internal sealed record Step(Published Current, IReadOnlyList<Delta> Deltas);
}
