namespace OneCode.Verifier;

/// <summary>A verdict, when it was given, and how old the lists are that it rests on: between a list's ttl and its end a code passes, and a guard may want to see by how much.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="At">The verifier's clock.</param>
/// <param name="StatusAge">Of a pass: since when the status was last known to be clean.</param>
/// <param name="TrustAge">Since when the trust list held was signed; null without one.</param>
public sealed record Judgement(Verdict Verdict, DateTimeOffset At, TimeSpan? StatusAge, TimeSpan? TrustAge)
{
    /// <summary>What a guard acts on.</summary>
    public Answer Answer => Verdict.Answer;

    /// <summary>The name of the reason in SPEC's registry; null of a pass.</summary>
    public string? Reason => Verdict switch
    {
        Verdict.Failed failed => failed.Reason.ToString(),
        Verdict.Indeterminate unknown => unknown.Missing.ToString(),
        _ => null,
    };
}
