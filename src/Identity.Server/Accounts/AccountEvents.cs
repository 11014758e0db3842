using Identity.Server.Audit;

namespace Identity.Server.Accounts;

/// <summary>What this room writes into the audit trail. Wrong passwords are counted and logged, not trailed: anybody can make millions.</summary>
internal static class AccountEvents
{
    public static readonly AuditEvent Created = new("account.created");
    public static readonly AuditEvent SignedIn = new("account.signed-in");
    public static readonly AuditEvent PasswordChanged = new("account.password-changed");
    public static readonly AuditEvent PasskeyAdded = new("account.passkey-added");
    public static readonly AuditEvent PasskeyRemoved = new("account.passkey-removed");
    public static readonly AuditEvent RecoveryCodesRenewed = new("account.recovery-codes-renewed");
    public static readonly AuditEvent SessionsEnded = new("account.sessions-ended");
    public static readonly AuditEvent GrantEnded = new("account.grant-ended");

    public static readonly AuditEvent Disabled = new("account.disabled");
    public static readonly AuditEvent Enabled = new("account.enabled");
    public static readonly AuditEvent FoundByStaff = new("account.found-by-staff");

    public static string ActorOf(Guid accountId) => $"account:{accountId}";
}
