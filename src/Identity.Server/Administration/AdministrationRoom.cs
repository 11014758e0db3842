namespace Identity.Server.Administration;

internal static class AdministrationRoom
{
    public static void AddAdministration(this IHostApplicationBuilder builder)
    {
    }

    public static void MapAdministration(this IEndpointRouteBuilder routes)
    {
    }
}
