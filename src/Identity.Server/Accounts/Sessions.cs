using System.Buffers.Text;
using System.Security.Claims;
using System.Security.Cryptography;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Accounts;

/// <summary>Starts, checks and ends sessions of the login origin. The row is the session, the cookie a pointer to it.</summary>
internal sealed class Sessions(
    ServerDbContext db,
    LiveSession live,
    AssuranceRules assurance,
    KnownDevices devices,
    AuditTrail audit,
    IEnumerable<ISessionEnded> listeners,
    IOptions<AccountsOptions> options,
    TimeProvider clock)
{
    private static readonly TimeSpan SeenPrecision = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Lets the account in at this browser. Somebody else's session there ends; the person's own goes on under a new key, so that no
    /// application is signed out by a step-up or by a second tab. Either way no cookie from before is good afterwards (session fixation).
    /// </summary>
    public async Task<Session> StartAsync(HttpContext context, Account account, IReadOnlyList<string> amr, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var present = (await context.AuthenticateAsync(LoginSession.Scheme)).Principal;
        var level = await assurance.LevelOfAsync(account, amr, cancellationToken);
        var session = await ContinueAsync(present, account, amr, level, now, cancellationToken);
        if (session is null)
        {
            session = await BeginAsync(context, account, amr, level, now, cancellationToken);
            if (present?.FindFirstValue(LoginSession.SidClaim) is { } former && Caller.Of(present).AccountId != account.Id)
            {
                await EndAsync(former, cancellationToken);
            }
        }

        devices.Remember(context, account.LookupName);
        await WriteCookieAsync(context, session, account);
        return session;
    }

    /// <summary>A new key for this browser's session: after a new password, no copy of the cookie from before it is good.</summary>
    public async Task RenewKeyAsync(HttpContext context, CancellationToken cancellationToken)
    {
        if ((await context.AuthenticateAsync(LoginSession.Scheme)).Principal is not { } present
            || await FindLiveAsync(present.FindFirstValue(LoginSession.SidClaim)!, cancellationToken) is not ({ } session, { } account))
        {
            return;
        }

        session.Key = NewKey();
        await db.Set<Session>().Where(s => s.Sid == session.Sid && s.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(s => s.Key, session.Key), cancellationToken);
        await WriteCookieAsync(context, session, account);
    }

    /// <summary>The session of this id, if it still lives. Asked at every request; notes at most once a minute that it was seen.</summary>
    public async Task<(Session Session, Account Account)?> FindLiveAsync(string sid, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var found = await live.FindAsync(db, sid, cancellationToken);
        if (found is not { Session.EndedAt: null, Account.DisabledAt: null } || now >= EndOf(found.Session, found.Account.IsStaff))
        {
            return null;
        }

        if (now - found.Session.LastSeenAt >= SeenPrecision)
        {
            await db.Set<Session>().Where(s => s.Sid == sid).ExecuteUpdateAsync(set => set.SetProperty(s => s.LastSeenAt, now), cancellationToken);
        }

        return (found.Session, found.Account);
    }

    /// <summary>When a session ends by itself: unused, or in any case.</summary>
    public DateTimeOffset EndOf(Session session, bool isStaff)
    {
        var idle = session.LastSeenAt + (isStaff ? options.Value.StaffIdle : options.Value.CitizenIdle) + SeenPrecision;
        return idle < session.ExpiresAt ? idle : session.ExpiresAt;
    }

    public async Task<IReadOnlyList<Session>> ListLiveAsync(Account account, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var open = await db.Set<Session>().AsNoTracking()
            .Where(s => s.AccountId == account.Id && s.EndedAt == null && s.ExpiresAt > now)
            .OrderByDescending(s => s.LastSeenAt).Take(50).ToListAsync(cancellationToken);
        return [.. open.Where(s => now < EndOf(s, account.IsStaff))];
    }

    public async Task EndAsync(string sid, CancellationToken cancellationToken)
    {
        var accountId = await db.Set<Session>().Where(s => s.Sid == sid && s.EndedAt == null).Select(s => (Guid?)s.AccountId).SingleOrDefaultAsync(cancellationToken);
        if (accountId is { } id)
        {
            await EndAsync(id, [sid], cancellationToken);
        }
    }

    public Task EndAsync(Guid accountId, IReadOnlyList<string> sids, CancellationToken cancellationToken) =>
        EndAsync(accountId, sids, AccountEvents.ActorOf(accountId), cancellationToken);

    /// <summary>
    /// Ends those of the account's sessions that are named; another account's are left alone. <paramref name="actor"/> is the holder, a
    /// member of staff, or <c>system</c> when they have run out. Joins the caller's transaction where there is one.
    /// </summary>
    public async Task EndAsync(Guid accountId, IReadOnlyList<string> sids, string actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var transaction = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(cancellationToken) : null;
        List<string> ended = [];
        // Whoever ends several takes them in the same order: nobody waits for one who waits for him.
        foreach (var sid in sids.Order(StringComparer.Ordinal))
        {
            // One statement decides who ends it: two nodes that sweep, or a sweep and a click, must not tell the applications twice.
            if (await db.Set<Session>().Where(s => s.Sid == sid && s.AccountId == accountId && s.EndedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(s => s.EndedAt, now), cancellationToken) == 1)
            {
                ended.Add(sid);
            }
        }

        if (ended.Count == 0)
        {
            return;
        }

        audit.Record(AccountEvents.SessionsEnded, actor, accountId);
        await db.SaveChangesAsync(cancellationToken);
        foreach (var sid in ended)
        {
            foreach (var listener in listeners)
            {
                await listener.SessionEndedAsync(accountId, sid, actor, cancellationToken);
            }
        }

        // A session that has ended is never looked at again: a crash or a hang-up must not leave its grants and logout tokens behind.
        if (transaction is not null)
        {
            await transaction.CommitAsync(cancellationToken);
            Committed();
        }
    }

    /// <summary>For whoever ended sessions in a transaction of their own: it has committed.</summary>
    public void Committed()
    {
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

    /// <summary>The cookie handler's hook: a cookie whose session is over, or whose key is an older one, is no cookie.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var sessions = context.HttpContext.RequestServices.GetRequiredService<Sessions>();
        if (context.Principal?.FindFirstValue(LoginSession.SidClaim) is not { } sid
            || await sessions.FindLiveAsync(sid, context.HttpContext.RequestAborted) is not { } live
            || live.Session.Key != context.Principal.FindFirstValue(LoginSession.KeyClaim))
        {
            context.RejectPrincipal();
        }
    }

    private static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    private static Task WriteCookieAsync(HttpContext context, Session session, Account account) =>
        context.SignInAsync(
            LoginSession.Scheme,
            LoginSession.PrincipalOf(session, account),
            new AuthenticationProperties { IssuedUtc = session.AuthenticatedAt, ExpiresUtc = session.ExpiresAt });

    /// <summary>The account's own session in this browser, proved anew; null when there is none, or when another tab was faster.</summary>
    private async Task<Session?> ContinueAsync(ClaimsPrincipal? present, Account account, IReadOnlyList<string> amr, int level, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (present is null || Caller.Of(present).AccountId != account.Id)
        {
            return null;
        }

        var (sid, key) = (present.FindFirstValue(LoginSession.SidClaim), present.FindFirstValue(LoginSession.KeyClaim));
        var session = await db.Set<Session>().SingleOrDefaultAsync(s => s.Sid == sid && s.Key == key && s.EndedAt == null, cancellationToken);
        if (session is null)
        {
            return null;
        }

        session.Key = NewKey();
        session.AuthenticatedAt = now;
        session.LastSeenAt = now;
        session.ExpiresAt = now + LongestOf(account);
        session.Amr = string.Join(' ', amr);
        session.Level = level;
        audit.Record(AccountEvents.SignedIn, AccountEvents.ActorOf(account.Id), account.PersonId ?? account.Id);
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return session;
        }
        catch (DbUpdateConcurrencyException)
        {
            // Another tab proved itself, or somebody ended the session, between our two statements: this tab gets a session of its own.
            db.ChangeTracker.Clear();
            return null;
        }
    }

    private async Task<Session> BeginAsync(HttpContext context, Account account, IReadOnlyList<string> amr, int level, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var session = new Session
        {
            Id = Guid.CreateVersion7(now),
            Sid = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)),
            Key = NewKey(),
            AccountId = account.Id,
            CreatedAt = now,
            AuthenticatedAt = now,
            LastSeenAt = now,
            ExpiresAt = now + LongestOf(account),
            CheckAt = now,
            Amr = string.Join(' ', amr),
            Level = level,
            DeviceLabel = DeviceLabels.Of(context.Request.Headers.UserAgent),
        };
        session.CheckAt = EndOf(session, account.IsStaff);
        db.Add(session);
        audit.Record(AccountEvents.SignedIn, AccountEvents.ActorOf(account.Id), account.PersonId ?? account.Id);
        await db.SaveChangesAsync(cancellationToken);
        return session;
    }

    private TimeSpan LongestOf(Account account) => account.IsStaff ? options.Value.StaffLongest : options.Value.CitizenLongest;
}
