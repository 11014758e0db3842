using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Web;

namespace Identity.Server.Administration;

/// <summary>The whole audit log as a file, for an auditor to check away from here. Details stay sealed in it.</summary>
internal static class ExportTrail
{
    public static async Task HandleAsync(HttpContext http, AuditExport export, AuditTrail audit, ServerDbContext db, TimeProvider time)
    {
        audit.Record(StaffEvents.TrailExported, AccountEvents.ActorOf(Caller.Of(http.User).AccountId!.Value), subject: null);
        await db.SaveChangesAsync(http.RequestAborted);
        http.Response.ContentType = "application/jsonl";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"audit-{time.GetUtcNow():yyyyMMdd-HHmmss}.jsonl\"";
        await export.WriteAsync(http.Response.Body, http.RequestAborted);
    }
}
