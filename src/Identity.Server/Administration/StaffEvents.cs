using Identity.Server.Audit;

namespace Identity.Server.Administration;

/// <summary>What this room writes into the audit trail. What staff do to codes, the room Credentials records.</summary>
internal static class StaffEvents
{
    public static readonly AuditEvent Entered = new("staff.entered");
    public static readonly AuditEvent VolumeRefused = new("staff.volume-refused");
    public static readonly AuditEvent TrailRead = new("staff.trail-read");
    public static readonly AuditEvent TrailExported = new("staff.trail-exported");
}
