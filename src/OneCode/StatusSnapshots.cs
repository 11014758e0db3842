using System.Collections.Concurrent;

namespace OneCode;

/// <summary>The status lists that a verifier holds, by issuer and URI. Readers never wait for a refresh.</summary>
public sealed class StatusSnapshots : IStatusSource
{
    private readonly ConcurrentDictionary<(string Issuer, string Uri), StatusSnapshot> byUri = new();

    /// <summary>What is held.</summary>
    public IReadOnlyCollection<StatusSnapshot> All => [.. byUri.Values];

    /// <summary>Takes a list in. False when a newer one, or another of the same moment, is held already.</summary>
    public bool TryAdd(StatusSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        var held = byUri.AddOrUpdate(
            (snapshot.Issuer, snapshot.Content.Uri),
            snapshot,
            (_, current) => snapshot.MayReplace(current) ? snapshot : current);
        return ReferenceEquals(held, snapshot);
    }

    /// <summary>The held list of that issuer and URI.</summary>
    public StatusSnapshot? Get(string issuer, string uri) => byUri.GetValueOrDefault((issuer, uri));

    /// <inheritdoc/>
    public StatusAnswer Find(StatusQuery query) => Get(query.Issuer, query.Uri) is { } snapshot
        ? snapshot.Find(query.Reference.Index)
        : StatusAnswer.Unknown;
}
