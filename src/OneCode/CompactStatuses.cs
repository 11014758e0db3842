using System.Collections.Concurrent;

namespace OneCode;

/// <summary>The compact series that a verifier holds, by issuer and name. Readers never wait for a refresh.</summary>
public sealed class CompactStatuses : IStatusSource
{
    private readonly ConcurrentDictionary<(string Issuer, string Series), CompactSeries> bySeries = new();

    /// <summary>What is held.</summary>
    public IReadOnlyCollection<CompactSeries> All => [.. bySeries.Values];

    /// <summary>The held series of that issuer and name.</summary>
    public CompactSeries? Get(string issuer, string series) => bySeries.GetValueOrDefault((issuer, series));

    /// <summary>Puts a series in the place of the one held, in one step: a reader sees the one or the other.</summary>
    public void Set(CompactSeries series)
    {
        ArgumentNullException.ThrowIfNull(series);
        bySeries[(series.Issuer, series.Message.Content.Series)] = series;
    }

    /// <summary>Forgets a series: its day is over, or nobody vouches for it any more.</summary>
    public void Remove(CompactSeries series)
    {
        ArgumentNullException.ThrowIfNull(series);
        bySeries.TryRemove(new((series.Issuer, series.Message.Content.Series), series));
    }

    /// <inheritdoc/>
    public StatusAnswer Find(StatusQuery query)
    {
        var answer = StatusAnswer.Unknown;
        foreach (var (key, series) in bySeries)
        {
            if (key.Issuer == query.Issuer && IsUri(query, series.Message.Content.StatusUriTemplate))
            {
                answer = StatusAnswer.Better(answer, series.Find(query.Reference));
            }
        }

        return answer;
    }

    // Byte for byte what the template expands to, without making a string for each scan. By its grammar it names the list once.
    private static bool IsUri(StatusQuery query, string template)
    {
        var at = template.IndexOf(TrustedKey.ListPlaceholder, StringComparison.Ordinal);
        var uri = query.Uri.AsSpan();
        var list = query.Reference.List;
        return uri.Length == template.Length - TrustedKey.ListPlaceholder.Length + list.Length
            && uri.StartsWith(template.AsSpan(0, at), StringComparison.Ordinal)
            && uri[at..].StartsWith(list, StringComparison.Ordinal)
            && uri.EndsWith(template.AsSpan(at + TrustedKey.ListPlaceholder.Length), StringComparison.Ordinal);
    }
}
