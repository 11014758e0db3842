using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Connect.Keys;
using Identity.Server.Connect.Logout;
using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Proofs;
using Identity.Server.Connect.Short;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using OpenIddict.Server;

namespace Identity.Server.Connect;

internal static class ConnectRoom
{
    public static void AddConnect(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<ConnectOptions>().BindConfiguration(ConnectOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<ConnectOptions>, ConnectOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<ConnectOptions>, KeyTimes>();
        builder.Services.AddSingleton<OidcKeyBox>();
        builder.Services.AddSingleton<OidcKeyRing>();
        builder.Services.AddSingleton<KeepOidcKeys>();
        builder.Services.AddScoped<RotateOidcKeys>();
        builder.Services.AddHostedService<OidcKeyWatch>();
        builder.AddEngine();
        builder.AddTokenPolicies();
        builder.Services.Configure<MvcOptions>(mvc => mvc.Filters.Add<FormTargets>());
        builder.Services.AddSingleton<FreshSignIn>();
        builder.Services.AddSingleton<PushedRequests>();
        builder.Services.AddSingleton<StepUp>();
        builder.Services.AddSingleton<Replays>();
        builder.Services.AddSingleton<TokenLedger>();
        builder.Services.AddSingleton<FetchedKeys>();
        builder.Services.AddSingleton<CodePayloads>();
        builder.Services.AddSingleton<IssueClientToken>();
        builder.Services.AddSingleton<IssueCode>();
        builder.Services.AddSingleton<RedeemCode>();
        builder.Services.AddSingleton<AnswerToken>();
        builder.Services.AddSingleton<PublishedDocuments>();
        builder.Services.AddSingleton(services => new DpopNonces(services.GetRequiredService<DerivedSecrets>().Derive("connect/dpop-nonces"), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton<DpopProofs>();
        builder.Services.AddScoped<GrantAccess>();
        builder.Services.AddScoped<Presence>();
        builder.Services.AddSingleton<ConsentTickets>();
        builder.Services.AddSingleton<StandingConsent>();
        builder.Services.AddScoped<Consents>();
        builder.Services.AddScoped<WithdrawConsent>();
        builder.Services.AddScoped<Release>();
        builder.Services.AddScoped<OwnData>();
        builder.Services.AddScoped<Authorize>();
        builder.Services.AddScoped<EndSession>();
        builder.Services.AddScoped<SeedClients>();
        builder.Services.AddScoped<IClientEngine, EngineClients>();
        builder.Services.AddScoped<IGrantDirectory, GrantDirectory>();
        builder.Services.AddScoped<ISessionEnded, SessionEnded>();
        builder.Services.AddScoped<TellClients>();
        builder.Services.AddScoped<ILogoutDeliveries, LogoutDeliveries>();
        builder.Services.AddSingleton<LogoutSignal>();
        builder.Services.AddSingleton<LogoutTokens>();
        builder.Services.AddHostedService<LogoutCourier>();
        builder.Services.AddSingleton<Pruning>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Pruning>());
        builder.Services.AddHttpClient(FetchedKeys.HttpClientName, client => (client.Timeout, client.MaxResponseContentBufferSize) = (TimeSpan.FromSeconds(5), FetchedKeys.LargestSet))
            .ConfigurePrimaryHttpMessageHandler(services => services.GetRequiredService<OutboundGuard>().Handler())
            .RemoveAllLoggers();
        builder.Services.AddHttpClient(LogoutCourier.HttpClientName, client => client.Timeout = TimeSpan.FromSeconds(5))
            .ConfigurePrimaryHttpMessageHandler(services => services.GetRequiredService<OutboundGuard>().Handler())
            .RemoveAllLoggers();
    }

    /// <summary>Before sign-in is read for everybody: what these answer needs none, or asks for it.</summary>
    public static void UseConnect(this WebApplication app)
    {
        var code = app.Services.GetRequiredService<IssueCode>();
        var token = app.Services.GetRequiredService<AnswerToken>();
        var documents = app.Services.GetRequiredService<PublishedDocuments>();
        app.UseWhen(PublishedDocuments.IsFor, published => published.Use(documents.HandleAsync));
        app.UseWhen(IssueCode.IsFor, codes => codes.Use(code.HandleAsync));
        app.UseWhen(TokenRequest.IsIn, tokens => tokens.Use(token.HandleAsync));
    }

    public static void MapConnect(this IEndpointRouteBuilder routes)
    {
        var connect = routes.MapGroup("/connect").RequireOrigin(origins => origins.Login);
        Authorize.Map(connect);
        EndSession.Map(connect);
    }

    /// <summary>Tells the engine which clients there are.</summary>
    public static async Task PrepareConnectAsync(this WebApplication app)
    {
        // Without keys there is no start.
        await app.Services.GetRequiredService<KeepOidcKeys>().HandleAsync(app.Lifetime.ApplicationStopping);
        _ = app.Services.GetRequiredService<IOptionsMonitor<OpenIddictServerOptions>>().CurrentValue;
        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<SeedClients>().HandleAsync(app.Lifetime.ApplicationStopping);
    }
}
