namespace Identity.Server.Connect;

internal static class ConnectRoom
{
    public static void AddConnect(this IHostApplicationBuilder builder)
    {
    }

    public static void MapConnect(this IEndpointRouteBuilder routes)
    {
    }

    public static Task PrepareConnectAsync(this WebApplication app) => Task.CompletedTask;
}
