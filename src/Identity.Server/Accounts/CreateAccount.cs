using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>What an account starts with. The TOTP secret is the shared secret itself, 20 bytes or more; staff cannot sign in without one.</summary>
internal sealed record NewAccount(string UserName, string Password, Guid? PersonId = null, AccountRole Role = AccountRole.Citizen, byte[]? TotpSecret = null);

/// <summary>Makes an account. Throws on a name that is taken and on a password that breaks the rules: the caller chose both.</summary>
internal sealed class CreateAccount(ServerDbContext db, PasswordHashing passwords, SecretBox secrets, AuditTrail audit, TimeProvider clock)
{
    public async Task<Guid> HandleAsync(NewAccount wanted, CancellationToken cancellationToken)
    {
        var lookupName = UserNames.Lookup(wanted.UserName);
        if (lookupName.Length == 0 || await db.Set<Account>().AnyAsync(a => a.LookupName == lookupName, cancellationToken))
        {
            throw new ArgumentException("The user name is empty or taken.", nameof(wanted));
        }

        if (PasswordRules.Judge(wanted.Password, wanted.UserName) is { } breach)
        {
            throw new ArgumentException($"The password breaks a rule: {breach}.", nameof(wanted));
        }

        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        db.Add(new Account
        {
            Id = id,
            UserName = wanted.UserName.Trim(),
            LookupName = lookupName,
            PersonId = wanted.PersonId,
            Role = wanted.Role,
            PasswordHash = await passwords.HashAsync(wanted.Password, cancellationToken),
            TotpSecret = wanted.TotpSecret is { } secret ? secrets.Seal(id, secret) : null,
            CreatedAt = now,
        });
        audit.Record(AccountEvents.Created, "system", wanted.PersonId ?? id);
        await db.SaveChangesAsync(cancellationToken);
        return id;
    }
}
