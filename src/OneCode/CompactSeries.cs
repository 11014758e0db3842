using System.Diagnostics.CodeAnalysis;

namespace OneCode;

/// <summary>A state of a series that a verifier holds: everything about every list of it, as of one moment. Only <see cref="TryTake"/> makes one.</summary>
public sealed class CompactSeries
{
    private CompactSeries(CompactStatusMessage message, CompactState state)
    {
        Message = message;
        State = state;
    }

    /// <summary>The statement that vouches for the state.</summary>
    public CompactStatusMessage Message { get; }

    /// <summary>The state.</summary>
    public CompactState State { get; }

    /// <summary>The region that it speaks for.</summary>
    public string Issuer => Message.Issuer;

    /// <summary>Whether the statement needs no bytes fetched: it says the held state again.</summary>
    public bool IsAlready(CompactStatusMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return message.Content.StateDigest.Span.SequenceEqual(State.Digest.Span);
    }

    /// <summary>
    /// Takes a statement with its bytes: the state of a snapshot, the changes of a delta, nothing where the state is held already
    /// (SPEC 13.4). Whatever is refused leaves the held one as it is.
    /// </summary>
    public static bool TryTake(
        CompactStatusMessage message,
        ReadOnlySpan<byte> body,
        CompactSeries? held,
        [NotNullWhen(true)] out CompactSeries? series,
        [NotNullWhen(false)] out StatusListRejection? rejection)
    {
        ArgumentNullException.ThrowIfNull(message);
        series = null;
        rejection = Take(message, body, held, out var state);
        if (rejection is null)
        {
            series = new CompactSeries(message, state!);
        }

        return series is not null;
    }

    /// <summary>The answer about one index: a list that the series does not have is not covered, like an index beyond a list's end.</summary>
    public StatusAnswer Find(StatusReference reference) => State.Find(reference.List)?.Get(reference.Index) is { } value
        ? StatusAnswer.Known(value, Message.Content.IssuedAt, Message.Content.ExpiresAt)
        : StatusAnswer.TooShort(Message.Content.IssuedAt);

    private static StatusListRejection? Take(CompactStatusMessage message, ReadOnlySpan<byte> body, CompactSeries? held, out CompactState? state)
    {
        state = null;
        var content = message.Content;

        // 1. Forwards only, or an old file undoes a withdrawal.
        if (held is not null && !MayReplace(message, held))
        {
            return StatusListRejection.Rollback;
        }

        // 2. The same state said again, later.
        if (held is not null && held.IsAlready(message))
        {
            state = held.State;
            return null;
        }

        // 3. A delta begins where the verifier stands.
        if (content.Base is { } start && (held is null || !start.StateDigest.Span.SequenceEqual(held.State.Digest.Span)))
        {
            return StatusListRejection.BaseMismatch;
        }

        // 4. The bytes are those that were signed for; nothing is read before that is sure.
        if (!message.IsBody(body))
        {
            return StatusListRejection.BodyMismatch;
        }

        // 5. They are read strictly, and lead where the statement says.
        if (content.Base is null ? !CompactState.TryDecode(body, out state) : !held!.State.TryApply(body, out state))
        {
            state = null;
            return StatusListRejection.Malformed;
        }

        if (state!.Digest.Span.SequenceEqual(content.StateDigest.Span))
        {
            return null;
        }

        state = null;
        return StatusListRejection.OutcomeMismatch;
    }

    private static bool MayReplace(CompactStatusMessage message, CompactSeries held)
    {
        var (next, now) = (message.Content, held.Message.Content);
        return next.IssuedAt >= now.IssuedAt
            && (next.Version > now.Version || (next.Version == now.Version && held.IsAlready(message)));
    }
}
