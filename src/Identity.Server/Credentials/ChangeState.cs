using Identity.Server.Audit;
using Identity.Server.Status;
using OneCode;

namespace Identity.Server.Credentials;

internal enum StateChange
{
    Revoke,
    Suspend,
    Resume,
}

/// <summary>
/// Changes the state of one holding or printed credential in the caller's transaction: state, status bits, message and audit entry
/// are committed together or not at all. Never saves.
/// </summary>
internal sealed class ChangeState(StatusRegister register, AuditTrail audit, TimeProvider clock)
{
    /// <summary>Null when it is done, or was so already; else why not.</summary>
    public async Task<Refusal?> ApplyAsync(ICarried carried, StateChange change, string? reason, string actor, bool byStaff, CancellationToken cancellationToken)
    {
        var target = change switch
        {
            StateChange.Revoke => CredentialState.Withdrawn,
            StateChange.Suspend => CredentialState.Suspended,
            _ => CredentialState.InForce,
        };
        if (carried.State == target)
        {
            // Asking twice is success. Staff's hold on top of a holder's own is the one thing that still changes something.
            carried.HeldByStaff |= byStaff && change == StateChange.Suspend;
            return null;
        }

        if (carried.State == CredentialState.Withdrawn)
        {
            return Refusal.Conflict("already_revoked", "It was withdrawn for good. Get a new one.");
        }

        if (carried.State == CredentialState.Prepared && change != StateChange.Revoke)
        {
            return Refusal.NotFound;
        }

        if (change == StateChange.Resume && carried.HeldByStaff && !byStaff)
        {
            return Refusal.Forbidden("suspended_by_staff", "The office suspended it; only the office resumes it.");
        }

        carried.State = target;
        carried.HeldByStaff = byStaff && change == StateChange.Suspend;
        carried.Reason = reason;
        carried.ChangedAt = clock.GetUtcNow();
        var value = change switch
        {
            StateChange.Revoke => StatusValue.Invalid,
            StateChange.Suspend => StatusValue.Suspended,
            _ => StatusValue.Valid,
        };
        await (carried switch
        {
            Holding holding => register.SetHoldingAsync(holding.Kind, holding.Number, value, cancellationToken),
            PrintedCredential printed => register.SetPrintedAsync(printed.Status, value, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(carried)),
        });
        audit.Record(EventOf(change), actor, carried.SubjectId, new { carried.Id, Kind = Names.Of(carried.Kind), Form = Names.Of(carried.Form), reason, byStaff });
        return null;
    }

    private static AuditEvent EventOf(StateChange change) => change switch
    {
        StateChange.Revoke => CredentialEvents.Withdrawn,
        StateChange.Suspend => CredentialEvents.Suspended,
        _ => CredentialEvents.Resumed,
    };
}
