using Identity.Server.Web;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients;

internal static class ClientsRoom
{
    public static void AddClients(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RegistrationOptions>().BindConfiguration(RegistrationOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RegistrationOptions>, RegistrationOptionsValidator>();
        builder.Services.AddSingleton<ClientDirectory>();
        builder.Services.AddSingleton<IBrowserClients, BrowserClients>();
        builder.Services.AddHostedService<ClientPoll>();
        builder.Services.AddScoped<RegisterClient>();
    }

    public static void MapClients(this IEndpointRouteBuilder routes)
    {
        // Resolved now, so that a wrong setting stops the start and not the first sign-in.
        _ = routes.ServiceProvider.GetRequiredService<ClientDirectory>();
    }

    /// <summary>Reads the registered clients.</summary>
    public static Task PrepareClientsAsync(this WebApplication app) =>
        app.Services.GetRequiredService<ClientDirectory>().RefreshAsync(app.Lifetime.ApplicationStopping);
}
