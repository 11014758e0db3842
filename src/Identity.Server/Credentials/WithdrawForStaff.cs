using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Credentials;

/// <summary>An operator withdraws, suspends or resumes somebody's code, with a reason from <see cref="Reasons.OfStaff"/>.</summary>
internal sealed class WithdrawForStaff(ServerDbContext db, ChangeState changes, Once once)
{
    /// <summary>Null when it is done (or was so already); else why not. A conflict with another change is <c>try_again</c>.</summary>
    public async Task<Refusal?> HandleAsync(Guid id, StateChange change, string? reason, string actor, CancellationToken cancellationToken)
    {
        if (reason is null || !Reasons.OfStaff.Contains(reason))
        {
            return Refusal.UnknownReason;
        }

        var carried = (ICarried?)await db.Set<Holding>().SingleOrDefaultAsync(h => h.Id == id, cancellationToken)
            ?? await db.Set<PrintedCredential>().SingleOrDefaultAsync(p => p.Id == id, cancellationToken);
        if (carried is null)
        {
            return Refusal.NotFound;
        }

        if (await changes.ApplyAsync(carried, change, reason, actor, byStaff: true, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        once.Remember(new { carried.Id });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return null;
        }
        catch (DbUpdateException)
        {
            // Somebody changed it while the operator looked; what they decided on is no longer there.
            return Refusal.Conflict("try_again", "It was changed at the same moment. Look again.");
        }
    }
}
