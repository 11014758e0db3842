using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>An account as staff see it: no name and no number of the person.</summary>
internal sealed record FoundAccount(Account Account, IReadOnlyList<Session> Sessions, IReadOnlyList<Grant> Grants);

/// <summary>Staff look an account up, by its exact user name or its id. That they looked is recorded first.</summary>
internal sealed class FindAccount(ServerDbContext db, Sessions sessions, IEnumerable<IGrantDirectory> directories, AuditTrail audit)
{
    public async Task<FoundAccount?> HandleAsync(string userName, string actor, CancellationToken cancellationToken)
    {
        var lookupName = UserNames.Lookup(userName);
        return await ShowAsync(await db.Set<Account>().AsNoTracking().SingleOrDefaultAsync(account => account.LookupName == lookupName, cancellationToken), actor, cancellationToken);
    }

    public async Task<FoundAccount?> HandleAsync(Guid accountId, string actor, CancellationToken cancellationToken) =>
        await ShowAsync(await db.Set<Account>().AsNoTracking().SingleOrDefaultAsync(account => account.Id == accountId, cancellationToken), actor, cancellationToken);

    private async Task<FoundAccount?> ShowAsync(Account? account, string actor, CancellationToken cancellationToken)
    {
        // Also of one that is not there: guessing names shows in the count.
        audit.Record(AccountEvents.FoundByStaff, actor, account?.Id);
        await db.SaveChangesAsync(cancellationToken);
        if (account is null)
        {
            return null;
        }

        var grants = new List<Grant>();
        foreach (var directory in directories)
        {
            grants.AddRange(await directory.ListAsync(account.Id, cancellationToken));
        }

        return new FoundAccount(account, await sessions.ListLiveAsync(account, cancellationToken), grants);
    }
}
