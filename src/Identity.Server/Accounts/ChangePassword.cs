using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>The account's own new password; the present one is asked again and counted like at sign-in.</summary>
internal sealed class ChangePassword(ServerDbContext db, PasswordHashing passwords, Attempts attempts, KnownDevices devices, Sessions sessions, AuditTrail audit)
{
    /// <summary>What came of it.</summary>
    public abstract record Outcome
    {
        public sealed record Changed : Outcome;

        public sealed record PresentWrong : Outcome;

        public sealed record TooMany(TimeSpan Wait) : Outcome;

        public sealed record NewRefused(PasswordBreach Breach) : Outcome;
    }

    public async Task<Outcome> HandleAsync(HttpContext context, Guid accountId, string present, string wanted, CancellationToken cancellationToken)
    {
        var account = await db.Set<Account>().SingleAsync(a => a.Id == accountId, cancellationToken);
        if (PasswordRules.Judge(wanted, account.UserName) is { } breach)
        {
            return new Outcome.NewRefused(breach);
        }

        // A found session must not become a place to guess the password in peace.
        var lane = devices.Find(context, account.LookupName) is { } device ? Attempts.DeviceLane(device, account.LookupName) : Attempts.AccountLane(account.LookupName);
        if (await attempts.TryTakeAsync(lane) is { } wait)
        {
            return new Outcome.TooMany(wait);
        }

        if (present.Length > PasswordRules.Longest || !await passwords.VerifyAsync(present, account.PasswordHash, cancellationToken))
        {
            return new Outcome.PresentWrong();
        }

        await attempts.ForgetAsync(lane);
        account.PasswordHash = await passwords.HashAsync(wanted, cancellationToken);
        audit.Record(AccountEvents.PasswordChanged, AccountEvents.ActorOf(accountId), account.PersonId ?? accountId);
        await db.SaveChangesAsync(cancellationToken);
        await sessions.RenewKeyAsync(context, cancellationToken);
        return new Outcome.Changed();
    }
}
