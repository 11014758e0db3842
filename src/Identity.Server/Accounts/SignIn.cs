using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>User name and password. Every way of being wrong takes the same time and gives the same answer.</summary>
internal sealed class SignIn(ServerDbContext db, PasswordHashing passwords)
{
    public async Task<Account?> HandleAsync(string userName, string password, CancellationToken cancellationToken)
    {
        var lookupName = UserNames.Lookup(userName);
        var account = await db.Set<Account>().SingleOrDefaultAsync(a => a.LookupName == lookupName, cancellationToken);
        var right = await passwords.VerifyAsync(password, account?.PasswordHash, cancellationToken);
        return right && account is { DisabledAt: null } ? account : null;
    }
}
