using Identity.Server.Web;
using Microsoft.Extensions.Options;

namespace Identity.Server.Status;

/// <summary>Published lists must be there and not near their end.</summary>
internal sealed class StatusReadiness(StatusBoard board, ClockWatch clock, IOptions<StatusOptions> options, TimeProvider time) : IReadinessCheck
{
    public IReadOnlyCollection<Duty> Duties { get; } = [Duty.Verify];

    public ValueTask<string?> ProblemAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var lists = board.Lists.ToList();
        return ValueTask.FromResult(
            lists.Count == 0 ? "No status list is open."
            : lists.FirstOrDefault(list => list.Published is null) is { } missing ? $"{missing.Name} has not been published."
            : lists.FirstOrDefault(list => list.Published!.ExpiresAt <= now) is { } expired ? $"{expired.Name} has expired."
            : clock.Problem is { } wrong ? wrong + " Status lists are not being published."
            : now - board.ConfirmedAt > options.Value.ListLife ? "The status board has not heard from the database for too long."
            : null);
    }
}
