using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Accounts;

/// <summary>Starts, checks and ends sessions of the login origin. The row is the session, the cookie a pointer to it.</summary>
internal sealed class Sessions(
    ServerDbContext db,
    AssuranceRules assurance,
    KnownDevices devices,
    AuditTrail audit,
    IEnumerable<ISessionEnded> listeners,
    IOptions<AccountsOptions> options,
    TimeProvider clock)
{
    private static readonly TimeSpan SeenPrecision = TimeSpan.FromMinutes(1);

    /// <summary>A new session with a new id, whatever the browser brought along: an id from before sign-in is never kept (session fixation).</summary>
    public async Task<Session> StartAsync(HttpContext context, Account account, IReadOnlyList<string> amr, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var former = (await context.AuthenticateAsync(LoginSession.Scheme)).Principal?.FindFirstValue(LoginSession.SidClaim);
        var session = new Session
        {
            Id = Guid.CreateVersion7(now),
            Sid = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)),
            AccountId = account.Id,
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + (account.IsStaff ? options.Value.StaffLongest : options.Value.CitizenLongest),
            Amr = string.Join(' ', amr),
            Level = await assurance.LevelOfAsync(account, amr, cancellationToken),
            DeviceLabel = DeviceLabels.Of(context.Request.Headers.UserAgent),
        };
        db.Add(session);
        audit.Record(AccountEvents.SignedIn, AccountEvents.ActorOf(account.Id), account.PersonId ?? account.Id);
        await db.SaveChangesAsync(cancellationToken);
        if (former is not null)
        {
            await EndAsync(former, cancellationToken);
        }

        devices.Remember(context, account.LookupName);
        await context.SignInAsync(LoginSession.Scheme, LoginSession.PrincipalOf(session, account), new AuthenticationProperties { IssuedUtc = now, ExpiresUtc = session.ExpiresAt });
        return session;
    }

    /// <summary>The session behind a cookie, if it still lives. Asked at every request; notes at most once a minute that it was seen.</summary>
    public async Task<(Session Session, Account Account)?> FindLiveAsync(string sid, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var found = await (
            from session in db.Set<Session>().AsNoTracking()
            join account in db.Set<Account>().AsNoTracking() on session.AccountId equals account.Id
            where session.Sid == sid
            select new { session, account }).SingleOrDefaultAsync(cancellationToken);
        if (found is not { session.EndedAt: null, account.DisabledAt: null } || !IsAlive(found.session, found.account, now))
        {
            return null;
        }

        if (now - found.session.LastSeenAt >= SeenPrecision)
        {
            await db.Set<Session>().Where(s => s.Sid == sid).ExecuteUpdateAsync(set => set.SetProperty(s => s.LastSeenAt, now), cancellationToken);
        }

        return (found.session, found.account);
    }

    public async Task<IReadOnlyList<Session>> ListLiveAsync(Account account, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var open = await db.Set<Session>().AsNoTracking()
            .Where(s => s.AccountId == account.Id && s.EndedAt == null && s.ExpiresAt > now)
            .OrderByDescending(s => s.LastSeenAt).Take(50).ToListAsync(cancellationToken);
        return [.. open.Where(s => IsAlive(s, account, now))];
    }

    public async Task EndAsync(string sid, CancellationToken cancellationToken)
    {
        var accountId = await db.Set<Session>().Where(s => s.Sid == sid && s.EndedAt == null).Select(s => (Guid?)s.AccountId).SingleOrDefaultAsync(cancellationToken);
        if (accountId is { } id)
        {
            await EndAsync(id, [sid], cancellationToken);
        }
    }

    /// <summary>Ends those of the account's sessions that are named; another account's are left alone.</summary>
    public async Task EndAsync(Guid accountId, IReadOnlyList<string> sids, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var open = await db.Set<Session>().Where(s => s.AccountId == accountId && sids.Contains(s.Sid) && s.EndedAt == null).ToListAsync(cancellationToken);
        if (open.Count == 0)
        {
            return;
        }

        foreach (var session in open)
        {
            session.EndedAt = now;
        }

        audit.Record(AccountEvents.SessionsEnded, AccountEvents.ActorOf(accountId), accountId);
        await db.SaveChangesAsync(cancellationToken);
        foreach (var sid in open.Select(s => s.Sid))
        {
            foreach (var listener in listeners)
            {
                await listener.SessionEndedAsync(accountId, sid, cancellationToken);
            }
        }

        // A session that has ended is never looked at again: a crash or a hang-up must not leave its grants and logout tokens behind.
        await transaction.CommitAsync(cancellationToken);
        foreach (var listener in listeners)
        {
            listener.Committed();
        }
    }

    /// <summary>Ends the account's sessions but one: after a new password, or when somebody else was in.</summary>
    public async Task EndOthersAsync(Guid accountId, string kept, CancellationToken cancellationToken)
    {
        var others = await db.Set<Session>().Where(s => s.AccountId == accountId && s.EndedAt == null && s.Sid != kept).Select(s => s.Sid).ToListAsync(cancellationToken);
        await EndAsync(accountId, others, cancellationToken);
    }

    /// <summary>Signs this browser out: the row first, so that a copy of the cookie is worth nothing, then the cookie.</summary>
    public async Task SignOutAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if ((await context.AuthenticateAsync(LoginSession.Scheme)).Principal?.FindFirstValue(LoginSession.SidClaim) is { } sid)
        {
            await EndAsync(sid, cancellationToken);
        }

        await context.SignOutAsync(LoginSession.Scheme);
    }

    /// <summary>The cookie handler's hook: a cookie whose session is over is no cookie.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
        var sid = context.Principal?.FindFirstValue(LoginSession.SidClaim);
        if (sid is null || await sessions.FindLiveAsync(sid, context.HttpContext.RequestAborted) is null)
        {
            context.RejectPrincipal();
        }
    }

    private bool IsAlive(Session session, Account account, DateTimeOffset now) =>
        now < session.ExpiresAt && now - session.LastSeenAt < (account.IsStaff ? options.Value.StaffIdle : options.Value.CitizenIdle) + SeenPrecision;
}
