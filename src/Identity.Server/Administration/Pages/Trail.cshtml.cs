using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Administration.Pages;

/// <summary>The latest audit entries, for auditors. Details stay sealed here; that somebody looked is an entry too.</summary>
[Authorize(StaffPolicies.ReadsTrail)]
internal sealed class TrailModel(ServerDbContext db, AuditTrail audit, TimeProvider clock) : PageModel
{
    private const int Most = 100;

    public IReadOnlyList<AuditEntry> Entries { get; private set; } = [];

    /// <summary>Where the next page begins; null on the last one.</summary>
    public DateTimeOffset? Before { get; private set; }

    public async Task OnGetAsync([FromQuery] long? before, CancellationToken cancellationToken)
    {
        var accountId = Caller.Of(User).AccountId!.Value;
        audit.Record(StaffEvents.TrailRead, AccountEvents.ActorOf(accountId), subject: null);
        await db.SaveChangesAsync(cancellationToken);
        var end = before is > 0 and < 32503680000000 ? DateTimeOffset.FromUnixTimeMilliseconds(before.Value) : clock.GetUtcNow() + TimeSpan.FromMinutes(1);
        Entries = await db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.At < end).OrderByDescending(entry => entry.At).Take(Most).ToListAsync(cancellationToken);
        Before = Entries.Count == Most ? Entries[^1].At : null;
    }
}
