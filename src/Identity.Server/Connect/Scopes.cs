namespace Identity.Server.Connect;

/// <summary>What can be asked for.</summary>
internal static class Scopes
{
    public const string OpenId = "openid";
    public const string Profile = "profile";

    /// <summary>The birthday, and nothing else.</summary>
    public const string Birthdate = "birthdate";

    /// <summary>Whether somebody is 18 or older, without saying how old.</summary>
    public const string Age = "age";

    public const string OfflineAccess = "offline_access";

    /// <summary>Issue and withdraw one's own codes.</summary>
    public const string Credentials = "credentials";

    /// <summary>A verifier's client.</summary>
    public const string Verify = "verify";

    /// <summary>Register one's own applications.</summary>
    public const string Clients = "clients";
}
