using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Accounts;

/// <summary>"Is this cookie's session alive?", asked by every request of a signed-in browser, so compiled once.</summary>
internal sealed class LiveSession
{
    // Of this instance: a compiled query keeps the model of the first context that it meets.
    private readonly Func<ServerDbContext, string, CancellationToken, Task<Found?>> _ofSid = EF.CompileAsyncQuery((ServerDbContext db, string sid, CancellationToken _) =>
        (from session in db.Set<Session>().AsNoTracking()
         join account in db.Set<Account>().AsNoTracking() on session.AccountId equals account.Id
         where session.Sid == sid
         select new Found(session, account)).SingleOrDefault());

    public Task<Found?> FindAsync(ServerDbContext db, string sid, CancellationToken cancellationToken) => _ofSid(db, sid, cancellationToken);

    /// <summary>The row, ended or not, and whose it is.</summary>
    public sealed record Found(Session Session, Account Account);
}
