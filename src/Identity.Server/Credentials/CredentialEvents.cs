using Identity.Server.Audit;

namespace Identity.Server.Credentials;

/// <summary>What this room writes into the audit trail. Renewing writes nothing.</summary>
internal static class CredentialEvents
{
    public static readonly AuditEvent Enrolled = new("holding.enrolled");
    public static readonly AuditEvent PrintPrepared = new("printed.prepared");
    public static readonly AuditEvent PrintIssued = new("printed.issued");
    public static readonly AuditEvent Withdrawn = new("credential.withdrawn");
    public static readonly AuditEvent Suspended = new("credential.suspended");
    public static readonly AuditEvent Resumed = new("credential.resumed");
    public static readonly AuditEvent ReportedLost = new("credential.reported-lost");
    public static readonly AuditEvent BulkStarted = new("credential.bulk-started");
    public static readonly AuditEvent BulkEnded = new("credential.bulk-ended");
    public static readonly AuditEvent FoundByStaff = new("credential.found-by-staff");
}
