using System.Collections.Concurrent;
using System.Security.Cryptography;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// One compact series as this node publishes it: the newest statement, and signed deltas by which a verifier that missed any number of
/// versions catches up. Written by one thread, read by any.
/// </summary>
internal sealed class CompactHistory(string series)
{
    /// <summary>Spans of deltas are powers of two up to this one: from any version to any later one in about twice the logarithm of steps.</summary>
    private const int Levels = 11;

    /// <summary>Versions that a verifier can catch up from: a week at one each five minutes.</summary>
    private const int Kept = 1 << Levels;

    // A download that began with the state before goes on with it.
    private const int BodiesKept = 4;

    private readonly ConcurrentDictionary<long, Delta[]> _from = new();
    private readonly ConcurrentDictionary<string, byte[]> _bodies = new();
    private readonly Queue<string> _bodyOrder = new();
    private readonly (long Version, CompactState State)?[] _marks = new (long, CompactState)?[Levels];
    private readonly Queue<long> _versions = new();
    private Published? _current;
    private long _ordinal;

    public string Series => series;

    /// <summary>The newest token that this series was made from.</summary>
    public long Seen { get; set; }

    public Published? Current => Volatile.Read(ref _current);

    public byte[]? Body(string digest) => _bodies.GetValueOrDefault(digest);

    /// <summary>Takes the next statement; a delta from the state before, and longer ones where their turn is.</summary>
    public async Task PublishAsync(CompactState state, CompactStatusContent content, ISigner signer, CancellationToken cancellationToken)
    {
        var message = await SignAsync(content, signer, cancellationToken);
        if (Current is not { } before || before.Content.Version < content.Version)
        {
            for (var level = 0; level < Levels; level++)
            {
                if (_ordinal % (1L << level) == 0 && _marks[level] is { } mark)
                {
                    await AddDeltaAsync(mark.Version, mark.State, state, content, signer, cancellationToken);
                }
            }

            for (var level = 0; level < Levels; level++)
            {
                _marks[level] = _ordinal % (1L << level) == 0 ? (content.Version, state) : _marks[level];
            }

            _ordinal++;
            _versions.Enqueue(content.Version);
            while (_versions.Count > Kept)
            {
                _from.TryRemove(_versions.Dequeue(), out _);
            }

            Keep(state);
        }

        Volatile.Write(ref _current, new Published(content, message, state));
    }

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

    private async Task AddDeltaAsync(long from, CompactState before, CompactState state, CompactStatusContent content, ISigner signer, CancellationToken cancellationToken)
    {
        var changes = before.ChangesTo(state);
        var delta = content with { Base = new CompactStatusBase(from, before.Digest, SHA256.HashData(changes), changes.Length) };
        var message = await SignAsync(delta, signer, cancellationToken);
        _from.AddOrUpdate(from, _ => [new Delta(content.Version, message, changes)], (_, known) => [.. known, new Delta(content.Version, message, changes)]);
    }

    private static ValueTask<byte[]> SignAsync(CompactStatusContent content, ISigner signer, CancellationToken cancellationToken) =>
        CompactStatusToken.Prepare(content, signer.KeyId, signer.Algorithm).CompleteAsync(signer, cancellationToken);

    private void Keep(CompactState state)
    {
        var digest = Convert.ToHexStringLower(state.Digest.Span);
        if (_bodies.TryAdd(digest, state.Encode()))
        {
            _bodyOrder.Enqueue(digest);
        }

        if (_bodyOrder.Count > BodiesKept)
        {
            _bodies.TryRemove(_bodyOrder.Dequeue(), out _);
        }
    }

    internal sealed record Published(CompactStatusContent Content, byte[] Message, CompactState State);

    internal sealed record Delta(long Version, byte[] Message, byte[] Changes);
}
