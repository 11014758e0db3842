namespace OneCode;

/// <summary>
/// A verifier that holds everything: roots from a trusted moment, lists taken in as they come. Pure: whoever fetches and stores is around it.
/// Taking lists in is for one thread at a time; judging is for many.
/// </summary>
public sealed class OfflineVerifier
{
    private volatile TrustRoots? roots;
    private readonly CredentialVerifier verifier;
    private volatile Held held = new(null, new StatusSnapshots(), new CompactStatuses());

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

    /// <summary>The compact series held.</summary>
    public CompactStatuses Compact => held.Compact;

    /// <summary>The root keys held.</summary>
    public TrustRoots? Roots => roots;

    /// <summary>
    /// Takes a change of root keys (SPEC 14): null when the roots held handed over to it; else why not, and what was held stays. The trust list
    /// held stays in force: the old roots signed it while they were the roots.
    /// </summary>
    public TrustListRejection? TakeRoots(ReadOnlySpan<byte> bytes)
    {
        if (roots is not { } before)
        {
            return TrustListRejection.ThresholdNotMet;
        }

        if (!TrustRootsToken.TryVerify(bytes, before, out var next, out var rejection))
        {
            return rejection;
        }

        roots = next;
        return null;
    }

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

        // The same again: what was verified by it stays remembered, or whoever makes a verifier look again empties its memory.
        if (Trust is { } before && before.MayReplace(list))
        {
            return null;
        }

        held = new Held(list, StillVouchedFor(list), StillVouchedForCompact(list));
        return null;
    }

    /// <summary>Null when the list was taken in; else why not, and what was held stays.</summary>
    public StatusListRejection? TakeStatusList(ReadOnlySpan<byte> bytes)
    {
        var (trust, statuses, _) = held;
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

    /// <summary>
    /// Takes a compact statement with its bytes (SPEC 13.4): null when it was taken in; else why not, and what was held stays. The bytes may be
    /// empty where the statement says the held state again.
    /// </summary>
    public StatusListRejection? TakeCompact(ReadOnlySpan<byte> message, ReadOnlySpan<byte> body)
    {
        var (trust, _, compact) = held;
        if (trust is null)
        {
            return StatusListRejection.KeyNotInTrustList;
        }

        if (!CompactStatusToken.TryVerify(message, trust, out var verified, out var rejection)
            || !CompactSeries.TryTake(verified, body, compact.Get(verified.Issuer, verified.Content.Series), out var series, out rejection))
        {
            return rejection;
        }

        compact.Set(series);
        return null;
    }

    /// <summary>Judges a text by what is held. Never throws on what was scanned.</summary>
    public Verdict Verify(ReadOnlySpan<char> text, DateTimeOffset now) => Verify(text, held, now);

    /// <summary>
    /// Judges many texts on all cores, each as <see cref="Verify(ReadOnlySpan{char}, DateTimeOffset)"/> would, all by what is held at the beginning. The
    /// verdicts are in the order of the texts.
    /// </summary>
    /// <param name="texts">What was scanned. Must not change meanwhile.</param>
    /// <param name="now">The verifier's clock, the same for all.</param>
    /// <param name="cancellationToken">Stops between two texts.</param>
    /// <exception cref="OperationCanceledException">It was told to stop: then there are no verdicts, rather than some.</exception>
    public IReadOnlyList<Verdict> VerifyAll(IReadOnlyList<string> texts, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        var current = held;
        var verdicts = new Verdict[texts.Count];
        Parallel.For(0, verdicts.Length, new ParallelOptions { CancellationToken = cancellationToken }, i => verdicts[i] = Verify(texts[i], current, now));
        return verdicts;
    }

    private Verdict Verify(ReadOnlySpan<char> text, Held current, DateTimeOffset now)
    {
        var verdict = verifier.Verify(text, current.Trust, current, now);
        return roots is null && verdict is Verdict.Indeterminate { Missing: Doubt.TrustMissing } unrooted
            ? unrooted with { Missing = Doubt.RootsMissing }
            : verdict;
    }

    // SPEC.md section 7.4, at its end: a list signed by a key that the new trust list withdrew, moved or dropped answers nothing any more.
    private StatusSnapshots StillVouchedFor(TrustList list)
    {
        var kept = new StatusSnapshots();
        foreach (var snapshot in held.Statuses.All.Where(snapshot => IsVouchedFor(list, snapshot.SignedBy, snapshot.Content.IssuedAt)))
        {
            kept.TryAdd(snapshot);
        }

        return kept;
    }

    private CompactStatuses StillVouchedForCompact(TrustList list)
    {
        var kept = new CompactStatuses();
        foreach (var series in held.Compact.All.Where(series => IsVouchedFor(list, series.Message.SignedBy, series.Message.Content.IssuedAt)))
        {
            kept.Set(series);
        }

        return kept;
    }

    private static bool IsVouchedFor(TrustList list, TrustedKey signer, DateTimeOffset issuedAt)
    {
        foreach (var key in list.Find(signer.PublicKey.KeyId))
        {
            if (key.PublicKey.Equals(signer.PublicKey)
                && key.Issuer == signer.Issuer
                && StatusSignature.OutOfScope(key, issuedAt) is null)
            {
                return true;
            }
        }

        return false;
    }

    private sealed record Held(TrustList? Trust, StatusSnapshots Statuses, CompactStatuses Compact) : IStatusSource
    {
        public StatusAnswer Find(StatusQuery query) => StatusAnswer.Better(Statuses.Find(query), Compact.Find(query));
    }
}
