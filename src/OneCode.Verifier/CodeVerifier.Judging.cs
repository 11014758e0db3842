using System.Security.Cryptography;

namespace OneCode.Verifier;

public sealed partial class CodeVerifier
{
    // A quarter either way: a thousand gates that came back with the power must not ask in the same second for ever after.
    private const int JitterPercent = 25;

    /// <summary>Judges by what is held, without waiting, and says how old that is.</summary>
    public Judgement Judge(string text) => Judged(Verify(text));

    /// <summary>Judges; fetches what was missing and judges again; says how old what was held is. Never throws on what was scanned, nor for want of a network.</summary>
    public async ValueTask<Judgement> JudgeAsync(string text, CancellationToken cancellationToken = default) =>
        Judged(await VerifyAsync(text, cancellationToken).ConfigureAwait(false));

    /// <summary>
    /// Judges many on all cores by what is held; then fetches what was missing, as for single ones, and judges again those that lacked it. In the order of the
    /// texts. For lists that come in whole: a night's entries, a bus company's day.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was told to stop: then there are no judgements, rather than some.</exception>
    public async Task<IReadOnlyList<Judgement>> JudgeAllAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        Verdict[] verdicts = [.. offline.VerifyAll(texts, clock.GetUtcNow(), cancellationToken)];
        if (verdicts.Any(LacksTrust) && await FetchTrustListAsync(cancellationToken).ConfigureAwait(false))
        {
            JudgeDoubtfulAgain(texts, verdicts, cancellationToken);
        }

        var fetched = false;
        foreach (var query in verdicts.Select(MissingStatus).OfType<StatusQuery>().DistinctBy(query => query.Uri).ToList())
        {
            fetched |= await FetchStatusListAsync(query, cancellationToken).ConfigureAwait(false);
        }

        if (fetched)
        {
            JudgeDoubtfulAgain(texts, verdicts, cancellationToken);
        }

        return Array.ConvertAll(verdicts, verdict => Judged(VerifierMetrics.Counted(verdict)));
    }

    private void JudgeDoubtfulAgain(IReadOnlyList<string> texts, Verdict[] verdicts, CancellationToken cancellationToken)
    {
        var doubtful = Enumerable.Range(0, verdicts.Length).Where(i => verdicts[i] is Verdict.Indeterminate).ToArray();
        var again = offline.VerifyAll(Array.ConvertAll(doubtful, i => texts[i]), clock.GetUtcNow(), cancellationToken);
        for (var i = 0; i < doubtful.Length; i++)
        {
            verdicts[doubtful[i]] = again[i];
        }
    }

    private static TimeSpan Jittered(TimeSpan period) => period * RandomNumberGenerator.GetInt32(100 - JitterPercent, 100 + JitterPercent + 1) / 100;

    private Judgement Judged(Verdict verdict)
    {
        var now = clock.GetUtcNow();
        return new Judgement(verdict, now, verdict is Verdict.Passed passed ? now - passed.StatusAsOf : null, Trust is { } trust ? now - trust.Content.IssuedAt : null);
    }

    private void ReportAges()
    {
        var now = clock.GetUtcNow();
        if (Trust is { } trust)
        {
            VerifierMetrics.TrustAge.Record((now - trust.Content.IssuedAt).TotalSeconds);
        }

        var statuses = Statuses.All;
        if (statuses.Count > 0)
        {
            VerifierMetrics.StatusAge.Record((now - statuses.Min(list => list.Content.IssuedAt)).TotalSeconds);
        }
    }
}
