using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.Extensions.Options;
using OneCode.Web;

namespace Identity.Server.Web;

internal static class WebRoom
{
    public static void AddWeb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<Origins>().BindConfiguration(Origins.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<Origins>, OriginsValidator>();
        builder.Services.AddSingleton<IValidateOptions<Origins>, HttpsRequired>();
        builder.Services.AddOptions<WebOptions>().BindConfiguration(WebOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<WebOptions>, WebOptionsValidator>();
        builder.Services.AddSingleton<OutboundGuard>();
        Transport.Add(builder);
        Telemetry.Add(builder);
        Errors.Add(builder.Services);
        Language.Add(builder.Services);
        RateLimits.Add(builder.Services);
        CrossOrigin.Add(builder.Services);

        // Pages sit in their rooms.
        builder.Services.AddRazorPages(options => options.RootDirectory = "/").AddApplicationPart(typeof(WebRoom).Assembly);
        builder.Services.AddOptions<RazorPagesOptions>().Configure<IOptions<Origins>>((pages, origins) => pages.Conventions.Add(new PageOrigins(origins.Value)));
        builder.Services.Configure<MvcOptions>(mvc => mvc.Filters.Add<ExpiredForms>());
        builder.Services.Configure<HtmlHelperOptions>(html => html.ClientValidationEnabled = false);
        builder.Services.AddAntiforgery();
        builder.Services.AddOptions<AntiforgeryOptions>().Configure<IOptions<Origins>>((antiforgery, origins) =>
        {
            Cookies.Configure(antiforgery.Cookie, "form", origins.Value.Login, SameSiteMode.Strict);

            // SecurityHeaders says it for every page.
            antiforgery.SuppressXFrameOptionsHeader = true;
        });
        builder.Services.AddOpenApi("v1", OpenApiDocument.Configure);
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorization();
    }

    public static void UseWeb(this WebApplication app)
    {
        SecurityHeaders.Use(app);
        Errors.Use(app);
        Transport.Use(app);

        // Before anything that knows cookies or routes: nothing of the login origin is reachable under these two names.
        var origins = app.Services.GetRequiredService<IOptions<Origins>>().Value;
        app.UseOneCodeWeb(origins.Wallet, origins.Verifier, origins.Login);
        Language.Use(app);
        CrossOrigin.Use(app);
        app.UseRouting();
        app.UseRateLimiter();
    }

    public static void MapWeb(this IEndpointRouteBuilder routes)
    {
        routes.MapRazorPages();
        Assets.Map(routes);
        routes.MapGet("/health/live", () => TypedResults.Text("live"));
        Readiness.Map(routes);
        Telemetry.Map(routes);
        routes.MapGroup("").RequireOrigin(origins => origins.Login).MapOpenApi("/openapi/{documentName}.json");
        routes.MapGroup("").RequireOrigin(origins => origins.Login).MapGet("/", () => TypedResults.Redirect("/account"));
    }
}
