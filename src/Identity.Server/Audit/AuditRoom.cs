using Identity.Server.Web;
using Microsoft.Extensions.Options;

namespace Identity.Server.Audit;

internal static class AuditRoom
{
    public static void AddAudit(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<AuditOptions>().BindConfiguration(AuditOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<AuditOptions>, AuditOptionsValidator>();
        builder.Services.AddScoped<AuditTrail>();
        builder.Services.AddScoped<AuditExport>();
        builder.Services.AddSingleton<IReadinessCheck, AuditReadiness>();
        builder.Services.AddSingleton<Sequencer>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Sequencer>());
    }

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
    }
}
