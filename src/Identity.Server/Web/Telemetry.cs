using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Identity.Server.Web;

/// <summary>
/// Figures at <c>/metrics</c> (Prometheus), and figures and traces by OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says. Request
/// paths are recorded by route and never with what was in them. Keep <c>/metrics</c> inside: the proxy in front has no reason to pass it.
/// </summary>
internal static class Telemetry
{
    public static void Add(IHostApplicationBuilder builder)
    {
        var otlp = !string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        var telemetry = builder.Services.AddOpenTelemetry().WithMetrics(metrics =>
        {
            metrics.AddMeter("Identity.Server").AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddPrometheusExporter();
            if (otlp)
            {
                metrics.AddOtlpExporter();
            }
        });
        if (otlp)
        {
            telemetry.WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddOtlpExporter());
        }
    }

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPrometheusScrapingEndpoint("/metrics");
}
