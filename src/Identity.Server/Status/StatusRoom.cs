namespace Identity.Server.Status;

internal static class StatusRoom
{
    public static void AddStatus(this IHostApplicationBuilder builder)
    {
    }

    public static void MapStatus(this IEndpointRouteBuilder routes)
    {
    }
}
