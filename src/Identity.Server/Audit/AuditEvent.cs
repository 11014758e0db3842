namespace Identity.Server.Audit;

/// <summary>
/// What happened, as a stable name (<c>holding.withdrawn</c>). A room keeps its own as static fields; README.md of this room is
/// the catalogue, and a test holds the two together.
/// </summary>
internal sealed record AuditEvent(string Name);
