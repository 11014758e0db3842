using Identity.Server.Web;

namespace Identity.Server.Clients;

internal static class ClientsRoom
{
    public static void AddClients(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ClientDirectory>();
        builder.Services.AddSingleton<IBrowserClients, BrowserClients>();
    }

    public static void MapClients(this IEndpointRouteBuilder routes)
    {
        // Resolved now, so that a wrong setting stops the start and not the first sign-in.
        _ = routes.ServiceProvider.GetRequiredService<ClientDirectory>();
    }
}
