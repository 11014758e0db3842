using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace Sandbox.Portals;

/// <summary>Runs one portal, with the framework's own OpenID Connect handler: what a ministry's application would have.</summary>
internal static class PortalHost
{
    private const string Silent = "silent";

    public static async Task<WebApplication> StartAsync(Portal portal, Uri issuer, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(Addresses.Text(portal.Address));
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<PortalSessions>();
        builder.Services.AddSingleton<BackchannelLogout>();
        builder.Services.AddDataProtection();
        builder.Services.AddAuthorization();
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
            .AddCookie(cookie => Configure(cookie, portal))
            .AddOpenIdConnect(oidc => Configure(oidc, portal, issuer));
        builder.Services.AddOptions<CookieAuthenticationOptions>(CookieAuthenticationDefaults.AuthenticationScheme)
            .Configure<PortalSessions>((cookie, sessions) => cookie.SessionStore = sessions);

        var app = builder.Build();
        app.Use(static (http, next) =>
        {
            http.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; form-action 'self' http: https:; frame-ancestors 'none'; base-uri 'none'";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers["Referrer-Policy"] = "no-referrer";
            return next(http);
        });
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapGet("/", (HttpContext http) => Home(http, portal));
        app.MapGet("/portal.css", () => TypedResults.Text(PortalPage.Style, "text/css; charset=utf-8"));
        app.MapGet("/sign-in", () => TypedResults.Challenge(new AuthenticationProperties { RedirectUri = "/" }, [OpenIdConnectDefaults.AuthenticationScheme]));
        app.MapPost("/sign-out", () => TypedResults.SignOut(
            new AuthenticationProperties { RedirectUri = "/?signed-out" },
            [CookieAuthenticationDefaults.AuthenticationScheme, OpenIdConnectDefaults.AuthenticationScheme]));
        app.MapPost("/backchannel-logout", (HttpContext http, BackchannelLogout logout, CancellationToken aborted) => logout.HandleAsync(http, aborted));
        await app.StartAsync(cancellationToken);
        return app;
    }

    /// <summary>
    /// Who comes for the first time is asked for silently (<c>prompt=none</c>): whoever is signed in at the login origin is known
    /// here without a click. Anybody else gets the page with the button.
    /// </summary>
    private static IResult Home(HttpContext http, Portal portal)
    {
        var signedIn = http.User.Identity is { IsAuthenticated: true };
        if (!signedIn && !http.Request.Cookies.ContainsKey(SilentCookie(portal)) && http.Request.Query.Count == 0)
        {
            Remember(http, portal);
            return TypedResults.Challenge(
                new AuthenticationProperties { RedirectUri = "/", Items = { [Silent] = "true" } }, [OpenIdConnectDefaults.AuthenticationScheme]);
        }
        return TypedResults.Content(PortalPage.Render(portal, http.User, PortalPage.LanguageOf(http)), "text/html; charset=utf-8");
    }

    private static void Remember(HttpContext http, Portal portal) =>
        http.Response.Cookies.Append(SilentCookie(portal), "asked", new CookieOptions { HttpOnly = true, SameSite = SameSiteMode.Lax, MaxAge = TimeSpan.FromSeconds(15) });

    private static string SilentCookie(Portal portal) => $"asked-{portal.Address.Port}";

    private static void Configure(CookieAuthenticationOptions cookie, Portal portal)
    {
        // Browsers share cookies between ports of one host: the port in the name keeps the portals apart.
        cookie.Cookie.Name = $"{portal.ClientId}-{portal.Address.Port}";
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.ExpireTimeSpan = TimeSpan.FromHours(1);
    }

    private static void Configure(OpenIdConnectOptions oidc, Portal portal, Uri issuer)
    {
        oidc.Authority = Addresses.Text(issuer);
        oidc.ClientId = portal.ClientId;
        oidc.ClientSecret = portal.Secret;
        oidc.ResponseType = OpenIdConnectResponseType.Code;
        // The answer by form post would need SameSite=None cookies, and those need HTTPS.
        oidc.ResponseMode = OpenIdConnectResponseMode.Query;
        oidc.UsePkce = true;
        oidc.Scope.Clear();
        oidc.Scope.Add("openid");
        oidc.Scope.Add("profile");
        foreach (var scope in portal.MoreScopes)
        {
            oidc.Scope.Add(scope);
        }

        oidc.MapInboundClaims = false;
        oidc.GetClaimsFromUserInfoEndpoint = true;
        oidc.ClaimActions.MapUniqueJsonKey("name", "name");
        // The handler drops it unless told otherwise; here it is the level.
        oidc.ClaimActions.Remove("acr");
        oidc.SaveTokens = true;
        oidc.TokenValidationParameters.NameClaimType = "name";
        // Only because the Sandbox lives on loopback.
        oidc.RequireHttpsMetadata = false;
        oidc.NonceCookie.Name = $"nonce-{portal.Address.Port}-";
        oidc.CorrelationCookie.Name = $"correlation-{portal.Address.Port}-";
        foreach (var cookie in new[] { oidc.NonceCookie, oidc.CorrelationCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        }
        oidc.Events.OnRedirectToIdentityProvider = context =>
        {
            context.ProtocolMessage.UiLocales = PortalPage.LanguageOf(context.HttpContext) == "en" ? "en" : "zh-CN";
            if (context.Properties.Items.ContainsKey(Silent))
            {
                context.ProtocolMessage.Prompt = "none";
            }
            return Task.CompletedTask;
        };
        oidc.Events.OnMessageReceived = context =>
        {
            if (context.ProtocolMessage.Error is "login_required" or "interaction_required" or "consent_required")
            {
                // Nobody is signed in there, or the person has not allowed it yet: the answer to the silent question, not a failure.
                context.HandleResponse();
                context.Response.Redirect("/?welcome");
            }
            return Task.CompletedTask;
        };
        oidc.Events.OnRemoteFailure = context =>
        {
            // The back button, an expired page, a second tab: back to the start, where the button is.
            context.HandleResponse();
            context.Response.Redirect("/?again");
            return Task.CompletedTask;
        };
    }
}
