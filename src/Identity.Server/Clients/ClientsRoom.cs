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
        builder.Services.AddSingleton<SectorIdentifiers>();
        builder.Services.AddScoped<RegisterClient>();
        builder.Services.AddScoped<InitialAccessTokens>();
        builder.Services.AddScoped<RegisterDynamically>();
        builder.Services.AddScoped<ClientChanges>();
        builder.Services.AddScoped<EditClient>();
        builder.Services.AddScoped<ReplaceSecret>();
        builder.Services.AddScoped<ReplaceKeys>();
        builder.Services.AddScoped<ReviewClient>();
        builder.Services.AddScoped<UnregisterClient>();
        builder.Services.AddScoped<Testers>();
        builder.Services.AddScoped<ClientsApi>();
        builder.Services.AddSingleton<ShownOnce>();
        builder.Services.AddSingleton<RequestLog>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RequestLog>());
        builder.Services.AddHttpClient(SectorIdentifiers.HttpClientName, client => (client.Timeout, client.MaxResponseContentBufferSize) = (TimeSpan.FromSeconds(5), SectorIdentifiers.LargestDocument))
            .ConfigurePrimaryHttpMessageHandler(services => services.GetRequiredService<OutboundGuard>().Handler())
            .RemoveAllLoggers();
    }

    public static void MapClients(this IEndpointRouteBuilder routes)
    {
        // Resolved now, so that a wrong setting stops the start and not the first sign-in.
        _ = routes.ServiceProvider.GetRequiredService<ClientDirectory>();
        RegisterDynamically.Map(routes.MapGroup("/connect").RequireOrigin(origins => origins.Login));
        ClientsApi.Map(routes.MapGroup("/api/clients").RequireOrigin(origins => origins.Login).RequireAuthorization(Policies.Clients).WithTags("Clients"));
    }

    /// <summary>Reads the registered clients.</summary>
    public static Task PrepareClientsAsync(this WebApplication app) =>
        app.Services.GetRequiredService<ClientDirectory>().RefreshAsync(app.Lifetime.ApplicationStopping);
}
