using Identity.Server.Accounts;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.Extensions.Options;

namespace Identity.Server.Administration;

internal static class AdministrationRoom
{
    public static void AddAdministration(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<AdministrationOptions>().BindConfiguration(AdministrationOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<AdministrationOptions>, AdministrationOptionsValidator>();
        builder.Services.AddScoped<Tripwire>();

        // Discovery is read at the first challenge, not at start: the server that answers it is this one.
        builder.Services.AddAuthentication().AddCookie(ConsoleSession.Scheme).AddOpenIdConnect(ConsoleSession.SignInScheme, _ => { });
        builder.Services.AddOptions<CookieAuthenticationOptions>(ConsoleSession.Scheme).Configure<IOptions<Origins>>(ConsoleSession.Configure);
        builder.Services.AddOptions<OpenIdConnectOptions>(ConsoleSession.SignInScheme).Configure<IOptions<Origins>, IConfiguration>(ConsoleSession.Configure);

        string[] all = [.. new[] { AccountRole.Operator, AccountRole.Security, AccountRole.Auditor }.Select(LoginSession.NameOf)];
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Staff, policy => policy.AddAuthenticationSchemes(ConsoleSession.Scheme).RequireRole(all))
            .AddPolicy(StaffPolicies.ChangesCodes, policy => policy.AddAuthenticationSchemes(ConsoleSession.Scheme).RequireRole(LoginSession.NameOf(AccountRole.Operator)))
            .AddPolicy(StaffPolicies.ReviewsClients, policy => policy.AddAuthenticationSchemes(ConsoleSession.Scheme).RequireRole(LoginSession.NameOf(AccountRole.Security)))
            .AddPolicy(StaffPolicies.ReadsTrail, policy => policy.AddAuthenticationSchemes(ConsoleSession.Scheme).RequireRole(LoginSession.NameOf(AccountRole.Auditor)))
            .AddPolicy(StaffPolicies.WithdrawsInBulk, policy => policy.AddAuthenticationSchemes(ConsoleSession.Scheme).RequireRole(LoginSession.NameOf(AccountRole.Security)))
            .AddPolicy(StaffPolicies.GuardsAccess, policy => policy.AddAuthenticationSchemes(ConsoleSession.Scheme).RequireRole(LoginSession.NameOf(AccountRole.Security)));
    }

    public static void MapAdministration(this IEndpointRouteBuilder routes) =>
        routes.MapGroup("").RequireOrigin(origins => origins.Console)
            .MapGet("/trail/export", ExportTrail.HandleAsync).RequireAuthorization(StaffPolicies.ReadsTrail).ExcludeFromDescription();
}
