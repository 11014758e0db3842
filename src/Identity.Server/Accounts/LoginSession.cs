using System.Globalization;
using System.Security.Claims;
using Identity.Server.Web;

namespace Identity.Server.Accounts;

/// <summary>The session of the login origin: its cookie scheme and the claims its principal carries beside <see cref="Caller"/>'s.</summary>
internal static class LoginSession
{
    /// <summary>The cookie's authentication scheme.</summary>
    public const string Scheme = "login";

    /// <summary>
    /// Policy of a page that is for anybody and must still know who is there: a form that was made for somebody counts only if it is they
    /// who send it, and without this the page would see nobody.
    /// </summary>
    public const string Anybody = "login:anybody";

    public const string SidClaim = "sid";

    /// <summary><see cref="Session.Key"/>: in our cookie and nowhere else.</summary>
    public const string KeyClaim = "key";
    public const string AmrClaim = "amr";

    /// <summary>Seconds since 1970, as OpenID Connect's <c>auth_time</c>.</summary>
    public const string AuthTimeClaim = "auth_time";

    /// <summary>An <see cref="AccountRole"/> in lower case.</summary>
    public const string RoleClaim = "onecode:role";

    /// <summary>Item of a challenge's properties: "true" asks for the password again although the session is alive (<c>prompt=login</c>, <c>max_age</c>).</summary>
    public const string FreshItem = "fresh";

    /// <summary>Item of a challenge's properties: a sealed <see cref="SignInReason"/>, told on the page.</summary>
    public const string WhyItem = "why";

    /// <summary>How long after proving who one is one may change how one proves it.</summary>
    private static readonly TimeSpan FreshFor = TimeSpan.FromMinutes(10);

    /// <summary>Whether the person behind this session proved a moment ago who they are.</summary>
    public static bool IsFresh(ClaimsPrincipal person, DateTimeOffset now) =>
        long.TryParse(person.FindFirstValue(AuthTimeClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var at)
        && now - DateTimeOffset.FromUnixTimeSeconds(at) < FreshFor;

    public static ClaimsPrincipal PrincipalOf(Session session, Account account)
    {
        var identity = new ClaimsIdentity(Scheme, ClaimTypes.Name, RoleClaim);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, session.Sid));
        identity.AddClaim(new Claim(ClaimTypes.Name, account.UserName));
        identity.AddClaim(new Claim(Caller.AccountClaim, account.Id.ToString()));
        if (account.PersonId is { } personId)
        {
            identity.AddClaim(new Claim(Caller.PersonClaim, personId.ToString()));
        }

        identity.AddClaim(new Claim(Caller.LevelClaim, session.Level.ToString(CultureInfo.InvariantCulture)));
        identity.AddClaim(new Claim(RoleClaim, NameOf(account.Role)));
        identity.AddClaim(new Claim(SidClaim, session.Sid));
        identity.AddClaim(new Claim(KeyClaim, session.Key));
        identity.AddClaim(new Claim(AuthTimeClaim, session.AuthenticatedAt.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture), ClaimValueTypes.Integer64));
        foreach (var method in session.Amr.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            identity.AddClaim(new Claim(AmrClaim, method));
        }

        return new ClaimsPrincipal(identity);
    }

    public static string NameOf(AccountRole role) => role switch
    {
        AccountRole.Citizen => "citizen",
        AccountRole.Operator => "operator",
        AccountRole.Security => "security",
        AccountRole.Auditor => "auditor",
        _ => throw new ArgumentOutOfRangeException(nameof(role)),
    };
}
