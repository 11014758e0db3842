namespace Identity.Server.Clients;

internal static class ClientsRoom
{
    public static void AddClients(this IHostApplicationBuilder builder)
    {
    }

    public static void MapClients(this IEndpointRouteBuilder routes)
    {
    }
}
