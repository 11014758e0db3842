namespace Identity.Server.Web;

/// <summary>
/// Names of authorization policies. Rooms name what they need; <c>Accounts</c>, <c>Connect</c> and <c>Administration</c>
/// say how it is met.
/// </summary>
internal static class Policies
{
    /// <summary>A citizen's session cookie of the login origin.</summary>
    public const string SignedIn = "signed-in";

    /// <summary>An access token with the scope <c>credentials</c>.</summary>
    public const string Credentials = "scope:credentials";

    /// <summary>An access token with the scope <c>verify</c>.</summary>
    public const string Verify = "scope:verify";

    /// <summary>An access token with the scope <c>clients</c>.</summary>
    public const string Clients = "scope:clients";

    /// <summary>A staff session of the console origin.</summary>
    public const string Staff = "staff";
}
