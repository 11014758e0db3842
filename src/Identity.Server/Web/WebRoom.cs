using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

internal static class WebRoom
{
    public static void AddWeb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<Origins>().BindConfiguration(Origins.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<Origins>, OriginsValidator>();
        builder.Services.AddProblemDetails();
        builder.Services.AddLocalization();
        // Pages sit in their rooms.
        builder.Services.AddRazorPages(options => options.RootDirectory = "/").AddApplicationPart(typeof(WebRoom).Assembly);
        builder.Services.AddOptions<RazorPagesOptions>().Configure<IOptions<Origins>>((pages, origins) => pages.Conventions.Add(new PageOrigins(origins.Value)));
        builder.Services.AddAuthentication();
        builder.Services.AddAuthorization();
    }

    public static void UseWeb(this WebApplication app)
    {
        app.UseRequestLocalization("zh-CN", "en");
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
    }

    public static void MapWeb(this IEndpointRouteBuilder routes)
    {
        routes.MapRazorPages();
        routes.MapGet("/health/live", () => TypedResults.Text("live"));
    }
}
