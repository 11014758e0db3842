using System.Globalization;
using System.Security.Claims;
using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;

namespace Identity.Server.Administration;

/// <summary>
/// The console's own session on its own origin: an OpenID Connect client of our own server like any other. It lives as long as
/// the session at the login origin that it came from, and is looked up there at each request: ending that ends this.
/// </summary>
internal static class ConsoleSession
{
    public const string Scheme = "console";
    public const string SignInScheme = "console-oidc";
    private const string ClientId = "console";

    public static void Configure(CookieAuthenticationOptions cookie, IOptions<Origins> origins)
    {
        Cookies.Configure(cookie.Cookie, "console", origins.Value.Console);
        cookie.ForwardChallenge = SignInScheme;
        cookie.AccessDeniedPath = "/not-allowed";
        cookie.SlidingExpiration = false;
        cookie.ExpireTimeSpan = TimeSpan.FromHours(12);
        cookie.Events.OnValidatePrincipal = async context =>
        {
            if (await StaffOfAsync(context.HttpContext, context.Principal) is null)
            {
                context.RejectPrincipal();
            }
        };
    }

    public static void Configure(OpenIdConnectOptions client, IOptions<Origins> origins, IConfiguration configuration)
    {
        client.SignInScheme = Scheme;
        client.Authority = Origins.TextOf(origins.Value.Login);
        client.ClientId = ClientId;
        client.ClientSecret = configuration[AdministrationOptions.SecretKey];
        client.RequireHttpsMetadata = origins.Value.Login.Scheme == Uri.UriSchemeHttps;
        client.ResponseType = "code";
        client.ResponseMode = "query";
        client.MapInboundClaims = false;
        client.SaveTokens = false;
        client.GetClaimsFromUserInfoEndpoint = false;
        client.Scope.Clear();
        client.Scope.Add("openid");

        // Lax is enough for answers in the query, and the only thing that browsers take over plain HTTP on loopback.
        Cookies.Configure(client.CorrelationCookie, "console-correlation", origins.Value.Console);
        Cookies.Configure(client.NonceCookie, "console-nonce", origins.Value.Console);
        client.CorrelationCookie.Name += ".";
        client.NonceCookie.Name += ".";
        client.Events.OnTokenValidated = EnterAsync;
        client.Events.OnRemoteFailure = context =>
        {
            // Refused there, too slow, or answered twice (back button): a page with a way on, whatever it was.
            context.Response.Redirect(Origins.TextOf(origins.Value.Console) + "/not-allowed");
            context.HandleResponse();
            return Task.CompletedTask;
        };
    }

    /// <summary>The account behind a console principal, if its session lives and it is staff with a second factor.</summary>
    public static async Task<(Session Session, Account Account)?> StaffOfAsync(HttpContext context, ClaimsPrincipal? principal)
    {
        if (principal?.FindFirstValue(LoginSession.SidClaim) is not { } sid
            || await context.RequestServices.GetRequiredService<Sessions>().FindLiveAsync(sid, context.RequestAborted) is not { } found)
        {
            return null;
        }

        return found.Account.IsStaff && found.Session.Amr.Split(' ').Contains(Amr.MultiFactor) ? found : null;
    }

    private static async Task EnterAsync(TokenValidatedContext context)
    {
        if (await StaffOfAsync(context.HttpContext, context.Principal) is not { } staff)
        {
            context.Fail("The console is for staff who signed in with a second factor.");
            return;
        }

        // Only what is looked up here: the token says which session it is, not what its owner may do.
        var identity = new ClaimsIdentity(Scheme, ClaimTypes.Name, LoginSession.RoleClaim);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, staff.Session.Sid));
        identity.AddClaim(new Claim(ClaimTypes.Name, staff.Account.UserName));
        identity.AddClaim(new Claim(LoginSession.SidClaim, staff.Session.Sid));
        identity.AddClaim(new Claim(LoginSession.RoleClaim, LoginSession.NameOf(staff.Account.Role)));
        identity.AddClaim(new Claim(Caller.AccountClaim, staff.Account.Id.ToString()));
        identity.AddClaim(new Claim(Caller.LevelClaim, staff.Session.Level.ToString(CultureInfo.InvariantCulture)));
        context.Principal = new ClaimsPrincipal(identity);

        var services = context.HttpContext.RequestServices;
        services.GetRequiredService<AuditTrail>().Record(StaffEvents.Entered, AccountEvents.ActorOf(staff.Account.Id), staff.Account.Id);
        await services.GetRequiredService<ServerDbContext>().SaveChangesAsync(context.HttpContext.RequestAborted);
    }
}
