// ASP.NET Core 10 with Microsoft's own OpenID Connect handler (dotnet run). The values come from appsettings.json beside it.
// Registered: redirect URI {origin}/signin-oidc, post-logout URI {origin}/signout-callback-oidc
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;

var builder = WebApplication.CreateBuilder(args);
var oidc = builder.Configuration.GetSection("Oidc");
builder.Services.AddAuthorization();
builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme)
    .AddCookie(cookie => cookie.ExpireTimeSpan = TimeSpan.FromHours(1))
    .AddOpenIdConnect(options =>
    {
        options.Authority = oidc["Authority"];
        options.ClientId = oidc["ClientId"];
        options.ClientSecret = oidc["ClientSecret"];
        options.ResponseType = "code";
        options.ResponseMode = "query";
        options.Scope.Clear();
        options.Scope.Add("openid");
        options.Scope.Add("profile");
        options.MapInboundClaims = false;
        options.GetClaimsFromUserInfoEndpoint = true;
        options.ClaimActions.MapUniqueJsonKey("name", "name");
        options.TokenValidationParameters.NameClaimType = "name";

        // Needed to sign out at the provider too.
        options.SaveTokens = true;

        // The answer comes in the query, so Lax is enough; plain HTTP only for an issuer on your own machine.
        options.RequireHttpsMetadata = new Uri(oidc["Authority"]!).Scheme == "https";
        options.NonceCookie.SameSite = options.CorrelationCookie.SameSite = SameSiteMode.Lax;
        options.NonceCookie.SecurePolicy = options.CorrelationCookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        options.Events.OnRemoteFailure = context =>
        {
            // The back button, a second tab, somebody who said no: back to the start, where the link is.
            context.HandleResponse();
            context.Response.Redirect("/");
            return Task.CompletedTask;
        };
    });

var app = builder.Build();
app.UseAuthentication();
app.UseAuthorization();
app.MapGet("/", (HttpContext http) => Page(http.User.Identity is { IsAuthenticated: true } person
    // The claim sub is how you know the person again: the same at every sign-in, another at every other application.
    ? $"<p>Signed in: <b id=\"name\">{System.Net.WebUtility.HtmlEncode(person.Name)}</b></p><a id=\"sign-out\" href=\"/sign-out\">Sign out</a>"
    : "<a id=\"sign-in\" href=\"/sign-in\">Sign in</a>"));
app.MapGet("/sign-in", () => Results.Challenge(new AuthenticationProperties { RedirectUri = "/" }, [OpenIdConnectDefaults.AuthenticationScheme]));
app.MapGet("/sign-out", () => Results.SignOut(
    new AuthenticationProperties { RedirectUri = "/" }, [CookieAuthenticationDefaults.AuthenticationScheme, OpenIdConnectDefaults.AuthenticationScheme]));
app.Run();

static IResult Page(string body) => Results.Content($"<!doctype html><title>Application</title>{body}", "text/html; charset=utf-8");
