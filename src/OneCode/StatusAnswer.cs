namespace OneCode;

/// <summary>What a source knows about one index. The default is "unknown", so forgetting to fill one in fails safe.</summary>
public readonly record struct StatusAnswer
{
    private StatusAnswer(Knowledge knowledge, StatusValue value, DateTimeOffset asOf, DateTimeOffset expiresAt)
    {
        Knows = knowledge;
        Value = value;
        AsOf = asOf;
        ExpiresAt = expiresAt;
    }

    /// <summary>How far the source's knowledge reaches.</summary>
    public enum Knowledge
    {
        /// <summary>No list held, or no header: never "valid".</summary>
        Nothing,

        /// <summary>The list is held but does not reach the index.</summary>
        NotThisIndex,

        /// <summary>The value is known as of a time.</summary>
        Value,
    }

    /// <summary>No list held.</summary>
    public static StatusAnswer Unknown => default;

    /// <summary>Nobody's list reaches the index.</summary>
    public static StatusAnswer NotCovered { get; } = new(Knowledge.NotThisIndex, default, default, default);

    /// <summary>How far the source's knowledge reaches.</summary>
    public Knowledge Knows { get; }

    /// <summary>Meaningful only when <see cref="Knows"/> says so.</summary>
    public StatusValue Value { get; }

    /// <summary>The list's <c>iat</c>, or the moment of an online look-up; the earliest time there is when no list answered.</summary>
    public DateTimeOffset AsOf { get; }

    /// <summary>The list's <c>exp</c>: a clean answer is stale from then on.</summary>
    public DateTimeOffset ExpiresAt { get; }

    /// <summary>A list is held and does not reach the index. It still witnesses the time: one signed later than now shows a wrong clock.</summary>
    public static StatusAnswer TooShort(DateTimeOffset asOf) => new(Knowledge.NotThisIndex, default, asOf, default);

    /// <summary>
    /// The answer to believe of two sources. Withdrawn is for good, whoever says it; else the later of two that know; then "not covered",
    /// which says more than nothing.
    /// </summary>
    public static StatusAnswer Better(StatusAnswer one, StatusAnswer other)
    {
        if (one.Knows != Knowledge.Value || other.Knows != Knowledge.Value)
        {
            return one.Knows >= other.Knows ? one : other;
        }

        var (oneIsGone, otherIsGone) = (one.Value == StatusValue.Invalid, other.Value == StatusValue.Invalid);
        return oneIsGone != otherIsGone
            ? oneIsGone ? one : other
            : one.AsOf >= other.AsOf ? one : other;
    }

    /// <summary>A value as of a time.</summary>
    public static StatusAnswer Known(StatusValue value, DateTimeOffset asOf, DateTimeOffset expiresAt) =>
        new(Knowledge.Value, value, asOf, expiresAt);
}
