using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>
/// Which scripts of other origins may read our answers. Never with cookies: <c>/api</c> takes tokens. Pages, and the
/// authorization endpoint above all, are open to none.
/// </summary>
internal static class CrossOrigin
{
    private const string Published = "published";
    private const string Configured = "configured";
    private const string Clients = "clients";

    // Signed or public statements: any verifier in any browser may fetch them.
    private static readonly PathString[] ForAnybody = ["/.well-known", "/trust", "/status", "/connect/jwks"];

    private static readonly PathString[] ForOurPages = ["/api"];

    private static readonly PathString[] ForClients = ["/connect/token", "/connect/par", "/connect/userinfo", "/connect/revoke"];

    public static void Add(IServiceCollection services)
    {
        services.AddCors();
        services.AddOptions<CorsOptions>().Configure<IOptions<Origins>, IOptions<WebOptions>, IBrowserClients>((cors, origins, web, clients) =>
        {
            HashSet<string> ours = [Origins.TextOf(origins.Value.Wallet), Origins.TextOf(origins.Value.Verifier), .. web.Value.AllowedOrigins];
            cors.AddPolicy(Published, policy => policy.AllowAnyOrigin().WithMethods("GET").WithHeaders("If-None-Match", "Accept").WithExposedHeaders("ETag", "Age", "Date"));
            cors.AddPolicy(Configured, policy => Allow(policy, ours.Contains));
            cors.AddPolicy(Clients, policy => Allow(policy, origin => ours.Contains(origin) || clients.HaveOrigin(origin)));
        });
    }

    public static void Use(WebApplication app)
    {
        app.UseWhen(context => IsUnder(context, ForAnybody), published => published.UseCors(Published));
        app.UseWhen(context => IsUnder(context, ForOurPages), configured => configured.UseCors(Configured));
        app.UseWhen(context => IsUnder(context, ForClients), clients => clients.UseCors(Clients));
    }

    private static void Allow(CorsPolicyBuilder policy, Func<string, bool> isAllowed) => policy
        .SetIsOriginAllowed(isAllowed)
        .WithMethods("GET", "POST")
        .WithHeaders("Authorization", "Content-Type", "Accept", "Accept-Language", "Idempotency-Key", "DPoP")
        .WithExposedHeaders("WWW-Authenticate", "Retry-After", "DPoP-Nonce", "Date")
        .SetPreflightMaxAge(TimeSpan.FromHours(1));

    private static bool IsUnder(HttpContext context, PathString[] prefixes) =>
        Array.Exists(prefixes, prefix => context.Request.Path.StartsWithSegments(prefix, StringComparison.Ordinal));
}
