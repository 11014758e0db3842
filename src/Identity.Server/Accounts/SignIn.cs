using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>User name and password. Every way of being wrong takes the same time and gives the same answer.</summary>
internal sealed partial class SignIn(
    ServerDbContext db, PasswordHashing passwords, Attempts attempts, KnownDevices devices, ILogger<SignIn> logger)
{
    public async Task<Outcome> HandleAsync(HttpContext context, string userName, string password, CancellationToken cancellationToken)
    {
        // 1. Count first, under the name as it is looked up: no spelling of it gets guesses of its own.
        var lookupName = UserNames.Lookup(userName);
        var device = devices.Find(context, lookupName);
        var address = Attempts.AddressLane(RateLimits.Caller(context));
        var lane = device is { } known ? Attempts.DeviceLane(known, lookupName) : Attempts.AccountLane(lookupName);

        // A known device is not held to what its neighbours behind the same address do.
        if (device is null && await attempts.TryTakeFromAddressAsync(address) is { } addressWait)
        {
            AddressClosed();
            return new Outcome.TooMany(addressWait);
        }

        if (await attempts.TryTakeAsync(lane) is { } wait)
        {
            PasswordNotChecked(device is not null);
            return new Outcome.TooMany(wait);
        }

        // 2. Check. An unknown name, a disabled account and a password nobody can have cost the same as a wrong one.
        var account = await db.Set<Account>().SingleOrDefaultAsync(a => a.LookupName == lookupName, cancellationToken);
        var tooLong = password.Length > PasswordRules.Longest;
        var right = await passwords.VerifyAsync(tooLong ? "" : password, account?.PasswordHash, cancellationToken);
        if (!right || tooLong || account is not { DisabledAt: null })
        {
            PasswordWrong();
            return new Outcome.Wrong();
        }

        // 3. Right: the hash follows today's parameters while the password is at hand.
        if (passwords.IsOutdated(account.PasswordHash))
        {
            account.PasswordHash = await passwords.HashAsync(password, cancellationToken);
            await db.SaveChangesAsync(cancellationToken);
        }

        await attempts.ForgetAsync(lane);
        if (device is null)
        {
            await attempts.GiveBackAsync(address);
        }

        return new Outcome.Right(account);
    }

    /// <summary>What a password led to.</summary>
    public abstract record Outcome
    {
        public sealed record Right(Account Account) : Outcome;

        public sealed record Wrong : Outcome;

        public sealed record TooMany(TimeSpan Wait) : Outcome;
    }

    // Never the name: people type their password into the wrong field.
    [LoggerMessage(5001, LogLevel.Information, "A password was wrong")]
    private partial void PasswordWrong();

    [LoggerMessage(5002, LogLevel.Warning, "A password was not checked: its lane is closed (known device: {KnownDevice})")]
    private partial void PasswordNotChecked(bool knownDevice);

    [LoggerMessage(5003, LogLevel.Warning, "A password was not checked: its address has guessed too often")]
    private partial void AddressClosed();
}
