using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using OtpNet;

namespace Identity.Server.Accounts;

/// <summary>
/// The one-time code of staff, after the password. Between the two steps a short-lived protected cookie says whose password was
/// right; it belongs to this browser and this attempt, and is worth nothing without the code.
/// </summary>
internal sealed partial class SecondStep(
    ServerDbContext db, SecretBox secrets, Attempts attempts, IDataProtectionProvider protection, IOptions<Origins> origins, TimeProvider clock, ILogger<SecondStep> logger)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromMinutes(10);

    private readonly SealedCookie cookie = new("second-step", "/sign-in", Lasts, SameSiteMode.Lax, origins.Value.Login, protection, clock);

    public void Begin(HttpContext context, Account account) => cookie.Write(context, account.Id.ToByteArray());

    public void End(HttpContext context) => cookie.Delete(context);

    /// <summary>Whose password was right in this browser a moment ago.</summary>
    public async Task<Account?> FindAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if (cookie.Read(context) is not { } content)
        {
            return null;
        }

        var id = new Guid(content);
        return await db.Set<Account>().SingleOrDefaultAsync(a => a.Id == id && a.DisabledAt == null, cancellationToken);
    }

    /// <summary>Null when the code is right; it is used up by that. Otherwise <see cref="TimeSpan.Zero"/> or how long to wait.</summary>
    public async Task<TimeSpan?> JudgeAsync(Account account, string typed, CancellationToken cancellationToken)
    {
        // Its own counter: a right password must not reset it (OpenBao GO-2025-3856), a wrong code must not close the password's.
        var lane = Attempts.CodeLane(account.Id);
        if (await attempts.TryTakeAsync(lane) is { } wait)
        {
            CodeNotChecked();
            return wait;
        }

        var code = UserNames.Normalized(typed).Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        var right = code.Length == 6 ? await UseTotpAsync(account, code, cancellationToken) : await UseRecoveryCodeAsync(account, code, cancellationToken);
        if (!right)
        {
            CodeWrong();
            return TimeSpan.Zero;
        }

        await attempts.ForgetAsync(lane);
        return null;
    }

    private async Task<bool> UseTotpAsync(Account account, string code, CancellationToken cancellationToken)
    {
        if (account.TotpSecret is not { } box)
        {
            return false;
        }

        // One step either way for clocks that differ.
        var totp = new Totp(secrets.Open(account.Id, box));
        if (!totp.VerifyTotp(clock.GetUtcNow().UtcDateTime, code, out var step, new VerificationWindow(previous: 1, future: 1)))
        {
            return false;
        }

        // The same code fifty times at once: one statement finds the step still unused.
        return await db.Set<Account>().Where(a => a.Id == account.Id && a.TotpStep < step)
            .ExecuteUpdateAsync(set => set.SetProperty(a => a.TotpStep, step), cancellationToken) == 1;
    }

    private async Task<bool> UseRecoveryCodeAsync(Account account, string code, CancellationToken cancellationToken)
    {
        var hash = RecoveryCodes.HashOf(code);
        var now = clock.GetUtcNow();
        return await db.Set<RecoveryCode>().Where(c => c.AccountId == account.Id && c.Hash == hash && c.UsedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(c => c.UsedAt, now), cancellationToken) == 1;
    }

    [LoggerMessage(5011, LogLevel.Information, "A one-time code was wrong or used before")]
    private partial void CodeWrong();

    [LoggerMessage(5012, LogLevel.Warning, "A one-time code was not checked: too many were wrong")]
    private partial void CodeNotChecked();
}
