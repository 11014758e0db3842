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
