using Identity.Server.Audit;

namespace Identity.Server.Clients;

/// <summary>What this room writes into the audit trail, about a client whose id is in the details.</summary>
internal static class ClientEvents
{
    public static readonly AuditEvent Registered = new("client.registered");
    public static readonly AuditEvent Edited = new("client.edited");
    public static readonly AuditEvent SecretReplaced = new("client.secret-replaced");
    public static readonly AuditEvent FormerSecretEnded = new("client.former-secret-ended");
    public static readonly AuditEvent KeysReplaced = new("client.keys-replaced");
    public static readonly AuditEvent ReviewRequested = new("client.review-requested");
    public static readonly AuditEvent ReviewApproved = new("client.review-approved");
    public static readonly AuditEvent ReviewRefused = new("client.review-refused");
    public static readonly AuditEvent TesterAdded = new("client.tester-added");
    public static readonly AuditEvent TesterRemoved = new("client.tester-removed");
    public static readonly AuditEvent TesterAgreed = new("client.tester-agreed");
    public static readonly AuditEvent InitialAccessTokenIssued = new("client.initial-access-token-issued");
    public static readonly AuditEvent InitialAccessTokenEnded = new("client.initial-access-token-ended");
    public static readonly AuditEvent Unregistered = new("client.unregistered");
}
