using System.Globalization;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>
/// The little of ASP.NET Core Identity's storage that its passkey handler asks for. Accounts are made by
/// <see cref="CreateAccount"/> and by nothing of Identity's.
/// </summary>
internal sealed class PasskeyStore(ServerDbContext db, AuditTrail audit) : IUserPasskeyStore<Account>
{
    public async Task AddOrUpdatePasskeyAsync(Account user, UserPasskeyInfo passkey, CancellationToken cancellationToken)
    {
        if (await db.Set<Passkey>().SingleOrDefaultAsync(p => p.CredentialId == passkey.CredentialId, cancellationToken) is not { } known)
        {
            db.Add(Passkey.Of(user, passkey));
            audit.Record(AccountEvents.PasskeyAdded, AccountEvents.ActorOf(user.Id), user.PersonId ?? user.Id);
        }
        else if (known.AccountId == user.Id)
        {
            known.SignCount = passkey.SignCount;
            known.IsBackedUp = passkey.IsBackedUp;
            known.IsUserVerified = passkey.IsUserVerified;
            known.Name = passkey.Name;
        }
        else
        {
            throw new InvalidOperationException("A passkey belongs to one account for ever.");
        }

        await db.SaveChangesAsync(cancellationToken);
    }

    public async Task<IList<UserPasskeyInfo>> GetPasskeysAsync(Account user, CancellationToken cancellationToken) =>
        (await db.Set<Passkey>().AsNoTracking().Where(p => p.AccountId == user.Id).OrderBy(p => p.CreatedAt).ToListAsync(cancellationToken)).ConvertAll(p => p.ToInfo());

    public async Task<Account?> FindByPasskeyIdAsync(byte[] credentialId, CancellationToken cancellationToken) =>
        await (from passkey in db.Set<Passkey>()
               join account in db.Set<Account>() on passkey.AccountId equals account.Id
               where passkey.CredentialId == credentialId
               select account).SingleOrDefaultAsync(cancellationToken);

    public async Task<UserPasskeyInfo?> FindPasskeyAsync(Account user, byte[] credentialId, CancellationToken cancellationToken) =>
        (await db.Set<Passkey>().AsNoTracking().SingleOrDefaultAsync(p => p.AccountId == user.Id && p.CredentialId == credentialId, cancellationToken))?.ToInfo();

    public async Task RemovePasskeyAsync(Account user, byte[] credentialId, CancellationToken cancellationToken)
    {
        if (await db.Set<Passkey>().SingleOrDefaultAsync(p => p.AccountId == user.Id && p.CredentialId == credentialId, cancellationToken) is { } passkey)
        {
            db.Remove(passkey);
            audit.Record(AccountEvents.PasskeyRemoved, AccountEvents.ActorOf(user.Id), user.PersonId ?? user.Id);
            await db.SaveChangesAsync(cancellationToken);
        }
    }

    public Task<string> GetUserIdAsync(Account user, CancellationToken cancellationToken) => Task.FromResult(user.Id.ToString());

    public Task<string?> GetUserNameAsync(Account user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.UserName);

    public Task<string?> GetNormalizedUserNameAsync(Account user, CancellationToken cancellationToken) => Task.FromResult<string?>(user.LookupName);

    public async Task<Account?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        Guid.TryParse(userId, CultureInfo.InvariantCulture, out var id) ? await db.Set<Account>().SingleOrDefaultAsync(a => a.Id == id, cancellationToken) : null;

    public Task<Account?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        db.Set<Account>().SingleOrDefaultAsync(a => a.LookupName == normalizedUserName, cancellationToken);

    public Task SetUserNameAsync(Account user, string? userName, CancellationToken cancellationToken) => throw NotOurs();

    public Task SetNormalizedUserNameAsync(Account user, string? normalizedName, CancellationToken cancellationToken) => throw NotOurs();

    public Task<IdentityResult> CreateAsync(Account user, CancellationToken cancellationToken) => throw NotOurs();

    public Task<IdentityResult> UpdateAsync(Account user, CancellationToken cancellationToken) => throw NotOurs();

    public Task<IdentityResult> DeleteAsync(Account user, CancellationToken cancellationToken) => throw NotOurs();

    public void Dispose()
    {
        // The context is the scope's.
    }

    private static NotSupportedException NotOurs() => new("Identity reads accounts here and changes none.");
}
