using Identity.Server.Web;
using Microsoft.Extensions.Options;

namespace Identity.Server.Status;

internal static class StatusRoom
{
    public static void AddStatus(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<StatusOptions>().BindConfiguration(StatusOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<StatusOptions>, StatusOptionsValidator>();
        builder.Services.AddSingleton<StatusBoard>();
        builder.Services.AddSingleton<StatusLists>();
        builder.Services.AddSingleton<StatusIndices>();
        builder.Services.AddSingleton<RedisProjection>();
        builder.Services.AddSingleton<ClockWatch>();
        builder.Services.AddSingleton<Leadership>();
        builder.Services.AddSingleton<StatusPublisher>();
        builder.Services.AddSingleton<StatusReconciler>();
        builder.Services.AddSingleton<CompactLedger>();
        builder.Services.AddSingleton<CompactPublisher>();
        builder.Services.AddSingleton<StatusRelay>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StatusRelay>());
        builder.Services.AddHostedService(services => services.GetRequiredService<StatusPublisher>());
        builder.Services.AddHostedService(services => services.GetRequiredService<CompactPublisher>());
        builder.Services.AddScoped<StatusRegister>();
        builder.Services.AddSingleton<IReadinessCheck, StatusReadiness>();
    }

    public static void MapStatus(this IEndpointRouteBuilder routes)
    {
        var login = routes.MapGroup("").RequireOrigin(origins => origins.Login);
        ServeStatus.Map(login);
        ServeCompact.Map(login);
    }

    /// <summary>Lists are open, published and in memory before the first request.</summary>
    public static Task PrepareStatusAsync(this WebApplication app) => app.Services.GetRequiredService<StatusRelay>().StartUpAsync(CancellationToken.None);
}
