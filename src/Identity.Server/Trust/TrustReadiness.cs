using Identity.Server.Web;
using OneCode;

namespace Identity.Server.Trust;

/// <summary>A purpose without its key closes issuing and nothing else.</summary>
internal sealed class KeysReadiness(KeyRing keys) : IReadinessCheck
{
    public IReadOnlyCollection<Duty> Duties { get; } = [Duty.Issue];

    public ValueTask<string?> ProblemAsync(CancellationToken cancellationToken) => ValueTask.FromResult(
        Enum.GetValues<KeyPurpose>().Select(keys.ProblemOf).FirstOrDefault(problem => problem is not null));
}

/// <summary>After its <c>exp</c> the trust list gives no certainty, here and at every gate.</summary>
internal sealed class TrustListReadiness(TrustListSource trust, TimeProvider time) : IReadinessCheck
{
    public IReadOnlyCollection<Duty> Duties { get; } = [Duty.Issue, Duty.Verify];

    public ValueTask<string?> ProblemAsync(CancellationToken cancellationToken) => ValueTask.FromResult(
        trust.CurrentOrNull is not { } current ? "There is no trust list."
        : current.List.Content.ExpiresAt <= time.GetUtcNow() ? "The trust list has expired: the root keys must sign a new one."
        : null);
}
