using Identity.Server.Audit;

namespace Identity.Server.Subjects;

/// <summary>What this room writes into the audit trail.</summary>
internal static class SubjectEvents
{
    public static readonly AuditEvent PersonAdded = new("person.added");
    public static readonly AuditEvent EvidenceAdded = new("person.evidence-added");
    public static readonly AuditEvent MandateBegan = new("mandate.began");
    public static readonly AuditEvent MandateEnded = new("mandate.ended");
}
