namespace Identity.Server.Audit;

internal static class AuditRoom
{
    public static void AddAudit(this IHostApplicationBuilder builder)
    {
    }

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
    }
}
