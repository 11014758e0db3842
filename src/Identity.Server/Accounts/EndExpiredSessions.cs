using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>
/// Ends the sessions that have run out, so that what follows from an end (grants, logout tokens to the applications) follows from this
/// one too. Any number of nodes may do it at once: each session is ended by one.
/// </summary>
internal sealed class EndExpiredSessions(ServerDbContext db, Sessions sessions, TimeProvider clock)
{
    private const int Batch = 100;

    /// <summary>Looks at one batch. Whether there may be more to look at.</summary>
    public async Task<bool> HandleAsync(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var due = await (
            from session in db.Set<Session>().AsNoTracking()
            join account in db.Set<Account>().AsNoTracking() on session.AccountId equals account.Id
            where session.EndedAt == null && session.CheckAt <= now
            orderby session.CheckAt
            select new { Session = session, account.Role }).Take(Batch).ToListAsync(cancellationToken);
        if (due.Count == 0)
        {
            return false;
        }

        // One transaction for all: a commit for each is what makes a sweep slow. Always in this order, so that two nodes wait for each other
        // instead of each for what the other holds.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        foreach (var (session, isStaff) in due.OrderBy(row => row.Session.Sid, StringComparer.Ordinal).Select(row => (row.Session, row.Role != AccountRole.Citizen)))
        {
            var end = sessions.EndOf(session, isStaff);
            if (end <= now)
            {
                await sessions.EndAsync(session.AccountId, [session.Sid], "system", cancellationToken);
            }
            else
            {
                await db.Set<Session>().Where(s => s.Id == session.Id && s.CheckAt == session.CheckAt)
                    .ExecuteUpdateAsync(set => set.SetProperty(s => s.CheckAt, end), cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        sessions.Committed();
        return due.Count == Batch;
    }
}
