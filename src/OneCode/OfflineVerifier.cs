namespace OneCode;

/// <summary>
/// A verifier that holds everything: roots from a trusted moment, lists taken in as they come. Pure: whoever fetches and stores is around it.
/// Taking lists in is for one thread at a time; judging is for many.
/// </summary>
public sealed class OfflineVerifier
{
    private readonly TrustRoots? roots;
    private readonly CredentialVerifier verifier;
    private volatile Held held = new(null, new StatusSnapshots());

    /// <param name="roots">Null for a verifier that has none yet: it says <see cref="Doubt.RootsMissing"/>.</param>
    public OfflineVerifier(TrustRoots? roots)
        : this(roots, new CredentialVerifier())
    {
    }

    /// <param name="roots">Null for a verifier that has none yet: it says <see cref="Doubt.RootsMissing"/>.</param>
    /// <param name="verifier">Shared with others, or of a chosen memory.</param>
    public OfflineVerifier(TrustRoots? roots, CredentialVerifier verifier)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        this.roots = roots;
        this.verifier = verifier;
    }

    /// <summary>The trust list held.</summary>
    public TrustList? Trust => held.Trust;

    /// <summary>The status lists held.</summary>
    public StatusSnapshots Statuses => held.Statuses;

    /// <summary>Null when the list was taken in; else why not, and what was held stays.</summary>
    public TrustListRejection? TakeTrustList(ReadOnlySpan<byte> bytes)
    {
        if (roots is null)
        {
            // Without roots nobody vouches for it.
            return TrustListRejection.ThresholdNotMet;
        }

        if (!TrustListToken.TryVerify(bytes, roots, Trust, out var list, out var rejection))
        {
            return rejection;
        }

        held = new Held(list, StillVouchedFor(list));
        return null;
    }

    /// <summary>Null when the list was taken in; else why not, and what was held stays.</summary>
    public StatusListRejection? TakeStatusList(ReadOnlySpan<byte> bytes)
    {
        var (trust, statuses) = held;
        if (trust is null)
        {
            return StatusListRejection.KeyNotInTrustList;
        }

        if (!StatusListToken.TryVerify(bytes, trust, statuses, out var snapshot, out var rejection))
        {
            return rejection;
        }

        return statuses.TryAdd(snapshot) ? null : StatusListRejection.Rollback;
    }

    /// <summary>Judges a text by what is held. Never throws on what was scanned.</summary>
    public Verdict Verify(ReadOnlySpan<char> text, DateTimeOffset now)
    {
        var (trust, statuses) = held;
        var verdict = verifier.Verify(text, trust, statuses, now);
        return roots is null && verdict is Verdict.Indeterminate { Missing: Doubt.TrustMissing } unrooted
            ? unrooted with { Missing = Doubt.RootsMissing }
            : verdict;
    }

    // SPEC.md section 7.4, at its end: a list signed by a key that the new trust list withdrew, moved or dropped answers nothing any more.
    private StatusSnapshots StillVouchedFor(TrustList list)
    {
        var kept = new StatusSnapshots();
        foreach (var snapshot in held.Statuses.All)
        {
            foreach (var key in list.Find(snapshot.SignedBy.PublicKey.KeyId))
            {
                if (key.PublicKey.Equals(snapshot.SignedBy.PublicKey)
                    && key.WithdrawnSince is null
                    && key.Purpose == KeyPurpose.StatusList
                    && key.Issuer == snapshot.Issuer
                    && key.IsInForceAt(snapshot.Content.IssuedAt))
                {
                    kept.TryAdd(snapshot);
                }
            }
        }

        return kept;
    }

    private sealed record Held(TrustList? Trust, StatusSnapshots Statuses);
}
