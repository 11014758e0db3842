using Identity.Server.Accounts;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients;

/// <summary>Somebody's invitation to try a client.</summary>
internal sealed record Invitation(Guid Id, string ClientId, string ClientName, bool Agreed);

/// <summary>Names testers and takes their word.</summary>
internal sealed class Testers(ServerDbContext db, ClientChanges changes, IOptions<RegistrationOptions> options, TimeProvider clock)
{
    public async Task<IReadOnlyList<ClientTester>> ListAsync(string clientId, CancellationToken cancellationToken) =>
        await db.Set<ClientTester>().AsNoTracking().Where(tester => tester.ClientId == clientId).OrderBy(tester => tester.AddedAt).ToListAsync(cancellationToken);

    /// <summary>False when there are enough, or the name is none. Whether such an account exists is not asked.</summary>
    public async Task<bool> AddAsync(RegisteredClient row, string userName, Guid accountId, CancellationToken cancellationToken)
    {
        var lookup = UserNames.Lookup(userName);
        var present = await db.Set<ClientTester>().Where(tester => tester.ClientId == row.Id).Select(tester => tester.LookupName).ToListAsync(cancellationToken);
        if (lookup.Length == 0 || present.Count >= options.Value.TestersPerClient)
        {
            return false;
        }

        if (present.Contains(lookup))
        {
            return true;
        }

        var now = clock.GetUtcNow();
        db.Add(new ClientTester
        {
            Id = Guid.CreateVersion7(now),
            ClientId = row.Id,
            UserName = userName.Trim()[..Math.Min(userName.Trim().Length, UserNames.Longest)],
            LookupName = lookup,
            AddedAt = now,
        });
        return await changes.SaveAsync(row, ClientEvents.TesterAdded, AccountEvents.ActorOf(accountId), null, cancellationToken);
    }

    public async Task RemoveAsync(RegisteredClient row, Guid testerId, Guid accountId, CancellationToken cancellationToken)
    {
        if (await db.Set<ClientTester>().SingleOrDefaultAsync(tester => tester.Id == testerId && tester.ClientId == row.Id, cancellationToken) is { } tester)
        {
            db.Remove(tester);
            await changes.SaveAsync(row, ClientEvents.TesterRemoved, AccountEvents.ActorOf(accountId), null, cancellationToken);
        }
    }

    /// <summary>Who wants this person to try something.</summary>
    public async Task<IReadOnlyList<Invitation>> InvitationsAsync(string lookupName, CancellationToken cancellationToken)
    {
        var rows = await (
            from tester in db.Set<ClientTester>().AsNoTracking()
            join client in db.Set<RegisteredClient>().AsNoTracking() on tester.ClientId equals client.Id
            where tester.LookupName == lookupName && client.RemovedAt == null
            orderby tester.AddedAt
            select new { tester, client }).Take(50).ToListAsync(cancellationToken);
        return [.. rows.Select(row => new Invitation(row.tester.Id, row.client.Id, row.client.Settings.ShownName, row.tester.AccountId is not null))];
    }

    /// <summary>Agrees to an invitation, or goes back on it.</summary>
    public async Task AnswerAsync(Guid invitationId, Account account, bool agrees, CancellationToken cancellationToken)
    {
        var tester = await db.Set<ClientTester>().SingleOrDefaultAsync(t => t.Id == invitationId && t.LookupName == account.LookupName, cancellationToken);
        if (tester is null || await db.Set<RegisteredClient>().SingleOrDefaultAsync(client => client.Id == tester.ClientId && client.RemovedAt == null, cancellationToken) is not { } row)
        {
            return;
        }

        if (agrees)
        {
            tester.AccountId = account.Id;
            tester.AgreedAt = clock.GetUtcNow();
        }
        else
        {
            db.Remove(tester);
        }

        await changes.SaveAsync(row, agrees ? ClientEvents.TesterAgreed : ClientEvents.TesterRemoved, AccountEvents.ActorOf(account.Id), null, cancellationToken);
    }
}
