using Identity.Server.Web;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Identity.Server.Accounts;

internal static class AccountsRoom
{
    public static void AddAccounts(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<AccountsOptions>().BindConfiguration(AccountsOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<AccountsOptions>, AccountsOptionsValidator>();
        builder.Services.AddSingleton<PasswordHashing>();
        builder.Services.AddSingleton<SecretBox>();
        builder.Services.AddScoped<AssuranceRules>();
        builder.Services.AddSingleton<LiveSession>();
        builder.Services.AddScoped<Sessions>();
        builder.Services.AddScoped<CreateAccount>();
        builder.Services.AddScoped<EndGrant>();
        builder.Services.AddScoped<FindAccount>();
        builder.Services.AddScoped<DisableAccount>();
        builder.Services.AddScoped<EnableAccount>();
        builder.Services.AddScoped<SignIn>();
        builder.Services.AddScoped<SecondStep>();
        builder.Services.AddScoped<RecoveryCodes>();
        builder.Services.AddScoped<ChangePassword>();
        builder.Services.AddSingleton<Attempts>();
        builder.Services.AddSingleton<KnownDevices>();
        builder.Services.AddScoped<EndExpiredSessions>();
        builder.Services.AddHostedService<Sweep>();
        builder.Services.AddHostedService<SessionSweep>();

        // Of ASP.NET Core Identity, the WebAuthn half: accounts, cookies and passwords are ours (README.md).
        builder.Services.AddIdentityCore<Account>().AddUserStore<PasskeyStore>();
        builder.Services.AddScoped<IPasskeyHandler<Account>, PasskeyHandler<Account>>();
        builder.Services.AddOptions<IdentityPasskeyOptions>().Configure<IOptions<Origins>>(Configure);
        builder.Services.AddScoped<PasskeyStore>();
        builder.Services.AddSingleton<SignInReasons>();
        builder.Services.AddScoped<Passkeys>();

        builder.Services.AddAuthentication().AddCookie(LoginSession.Scheme);
        builder.Services.AddOptions<CookieAuthenticationOptions>(LoginSession.Scheme).Configure<IOptions<Origins>>(Configure);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(LoginSession.Anybody, policy => policy.AddAuthenticationSchemes(LoginSession.Scheme).RequireAssertion(_ => true))
            .AddPolicy(Policies.SignedIn, policy => policy.AddAuthenticationSchemes(LoginSession.Scheme).RequireAuthenticatedUser());
    }

    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
    }

    private static void Configure(IdentityPasskeyOptions passkeys, IOptions<Origins> origins)
    {
        var origin = Origins.TextOf(origins.Value.Login);
        passkeys.ServerDomain = origins.Value.Login.Host;
        passkeys.UserVerificationRequirement = "required";
        passkeys.ResidentKeyRequirement = "required";

        // To the letter: another port, another scheme or a frame of somebody else's page is another place.
        passkeys.ValidateOrigin = context => ValueTask.FromResult(context.Origin == origin && !context.CrossOrigin);
    }

    private static void Configure(CookieAuthenticationOptions cookie, IOptions<Origins> origins)
    {
        Cookies.Configure(cookie.Cookie, "login", origins.Value.Login);
        cookie.LoginPath = "/sign-in";
        cookie.AccessDeniedPath = "/sign-in";
        cookie.ReturnUrlParameter = "returnUrl";

        // The session's row knows how long; sliding would only add a second opinion.
        cookie.SlidingExpiration = false;
        cookie.Events.OnValidatePrincipal = Sessions.ValidateAsync;
        cookie.Events.OnRedirectToLogin = context =>
        {
            var fresh = context.Properties.Items.TryGetValue(LoginSession.FreshItem, out var value) && value == "true" ? "&fresh=true" : "";
            var why = context.Properties.Items.TryGetValue(LoginSession.WhyItem, out var reason) && reason is not null ? $"&why={reason}" : "";
            context.Response.Redirect(context.RedirectUri + fresh + why);
            return Task.CompletedTask;
        };
    }
}
