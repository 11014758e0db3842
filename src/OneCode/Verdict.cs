namespace OneCode;

/// <summary>The answer to a scan. Never a bool: "I cannot know" is neither yes nor "forged".</summary>
public abstract record Verdict
{
    private Verdict()
    {
    }

    /// <summary>What a guard acts on.</summary>
    public Answer Answer => this switch
    {
        Passed => Answer.Valid,
        Failed { Reason: Rejection.Revoked } => Answer.Revoked,
        Failed { Reason: Rejection.Suspended } => Answer.Suspended,
        Failed => Answer.Invalid,
        Indeterminate { Missing: Doubt.StatusStale or Doubt.TrustStale } => Answer.Stale,
        Indeterminate { Missing: Doubt.StatusUnknown or Doubt.NotCovered } => Answer.NotCovered,
        _ => Answer.CannotTell,
    };

    /// <summary>Genuine, in force, and its status known.</summary>
    /// <param name="Credential">What the issuer said.</param>
    /// <param name="StatusAsOf">When the status was last known to be clean.</param>
    public sealed record Passed(Credential Credential, DateTimeOffset StatusAsOf) : Verdict;

    /// <summary>Something is wrong with the code.</summary>
    /// <param name="Reason">The first reason that applies, in the order of SPEC 6.</param>
    /// <param name="Step">Where in SPEC 6: for diagnosis and vectors.</param>
    /// <param name="Credential">The issuer's words, when the signature held (an expired or revoked code). Never a reason to let in.</param>
    public sealed record Failed(Rejection Reason, VerificationStep Step, Credential? Credential = null) : Verdict;

    /// <summary>The verifier cannot know. Not a pass.</summary>
    /// <param name="Missing">What it would need.</param>
    /// <param name="Step">Where in SPEC 6.</param>
    /// <param name="Credential">The issuer's words, when the signature held.</param>
    public sealed record Indeterminate(Doubt Missing, VerificationStep Step, Credential? Credential = null) : Verdict;
}
