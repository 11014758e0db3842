using Identity.Server.Audit;

namespace Identity.Server.Connect;

/// <summary>
/// What this room writes into the audit trail. A grant that its holder ends is recorded by Accounts (<c>EndGrant</c>); the single
/// codes and tokens under a grant have rows of their own.
/// </summary>
internal static class ConnectEvents
{
    public static readonly AuditEvent GrantGiven = new("grant.given");
    public static readonly AuditEvent GrantsEndedWithSession = new("grant.ended-with-session");
    public static readonly AuditEvent ReuseRefused = new("grant.reuse-refused");
    public static readonly AuditEvent TokenExchanged = new("token.exchanged");
    public static readonly AuditEvent PersonRead = new("person.read-by-client");
    public static readonly AuditEvent ConsentGiven = new("consent.given");
    public static readonly AuditEvent ConsentRefused = new("consent.refused");
    public static readonly AuditEvent ConsentWithdrawn = new("consent.withdrawn");
    public static readonly AuditEvent DutyNoted = new("consent.duty-noted");
    public static readonly AuditEvent OwnDataExported = new("person.exported-own");
    public static readonly AuditEvent ClientAdded = new("client.added");
    public static readonly AuditEvent ClientChanged = new("client.changed");
    public static readonly AuditEvent ClientRemoved = new("client.removed");

    public static readonly AuditEvent KeyMade = new("oidc-key.made");
    public static readonly AuditEvent KeysRevoked = new("oidc-key.revoked-all-older");

    public static string ActorOf(string clientId) => $"client:{clientId}";
}
