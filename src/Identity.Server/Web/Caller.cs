using System.Globalization;
using System.Security.Claims;

namespace Identity.Server.Web;

/// <summary>
/// Who asks, read from a checked principal: a session cookie or an access token give the same facts under the same names.
/// </summary>
internal sealed record Caller
{
    public const string AccountClaim = "onecode:account";
    public const string PersonClaim = "onecode:person";
    public const string DeviceClaim = "onecode:device";
    public const string ClientClaim = "client_id";
    public const string LevelClaim = "onecode:level";

    /// <summary>The account; absent for a client that calls for itself.</summary>
    public Guid? AccountId { get; private init; }

    /// <summary>The person whose account it is; absent for staff and clients.</summary>
    public Guid? PersonId { get; private init; }

    /// <summary>One sign-in of one client on one phone (the OIDC grant): what a holding is bound to.</summary>
    public string? DeviceId { get; private init; }

    public string? ClientId { get; private init; }

    /// <summary>Assurance level of this session, 1 to 4; 0 for a client that calls for itself.</summary>
    public int Level { get; init; }

    public static Caller Of(ClaimsPrincipal principal) => new()
    {
        AccountId = IdOf(principal, AccountClaim),
        PersonId = IdOf(principal, PersonClaim),
        DeviceId = principal.FindFirstValue(DeviceClaim),
        ClientId = principal.FindFirstValue(ClientClaim),
        Level = int.TryParse(principal.FindFirstValue(LevelClaim), NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? level : 0,
    };

    private static Guid? IdOf(ClaimsPrincipal principal, string claim) =>
        Guid.TryParse(principal.FindFirstValue(claim), out var id) ? id : null;
}
