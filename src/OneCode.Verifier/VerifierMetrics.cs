using System.Diagnostics.Metrics;

namespace OneCode.Verifier;

/// <summary>
/// The meter <c>OneCode.Verifier</c>. Counts and ages alone: nothing of what was scanned.
/// </summary>
internal static class VerifierMetrics
{
    private static readonly Meter Meter = new("OneCode.Verifier");

    private static readonly Counter<long> Verdicts = Meter.CreateCounter<long>("onecode.verifier.verdicts", description: "Codes judged, by answer and reason");

    public static readonly Counter<long> Fetches = Meter.CreateCounter<long>("onecode.verifier.fetches", description: "Downloads, by whether something was taken in");

    public static readonly Gauge<double> TrustAge = Meter.CreateGauge<double>("onecode.verifier.trust.age", "s", "Since when the trust list held was signed");

    public static readonly Gauge<double> StatusAge = Meter.CreateGauge<double>("onecode.verifier.status.age", "s", "Since when the oldest status list held was signed");

    public static Verdict Counted(Verdict verdict)
    {
        if (Verdicts.Enabled)
        {
            var reason = verdict switch
            {
                Verdict.Failed failed => failed.Reason.ToString(),
                Verdict.Indeterminate unknown => unknown.Missing.ToString(),
                _ => "none",
            };
            Verdicts.Add(1, new("answer", verdict.Answer.ToString()), new("reason", reason));
        }

        return verdict;
    }
}
