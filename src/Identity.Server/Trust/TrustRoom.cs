using Identity.Server.Audit;
using Identity.Server.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace Identity.Server.Trust;

internal static class TrustRoom
{
    public static void AddTrust(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<TrustOptions>().BindConfiguration(TrustOptions.Section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<TrustOptions>, TrustOptionsValidator>();
        builder.Services.AddSingleton<IValidateOptions<TrustOptions>, NeighbourOptionsValidator>();
        builder.Services.AddSingleton<KeyFolder>();
        builder.Services.AddSingleton<DerivedSecrets>();
        builder.Services.AddSingleton<TrustListSource>();
        builder.Services.AddSingleton<KeyRing>();
        builder.Services.AddSingleton<ICheckpointSigner>(services => services.GetRequiredService<KeyRing>());
        builder.Services.AddHostedService<TrustKeeper>();
        builder.Services.AddSingleton<IReadinessCheck, KeysReadiness>();
        builder.Services.AddSingleton<IReadinessCheck, TrustListReadiness>();

        builder.Services.AddDataProtection().SetApplicationName("identity");
        builder.Services.AddOptions<KeyManagementOptions>().Configure<IServiceScopeFactory, DerivedSecrets>((management, scopes, secrets) =>
        {
            management.XmlRepository = new DataProtectionStore(scopes);
            management.XmlEncryptor = new DataProtectionEncryptor(secrets);
        });
    }

    public static void MapTrust(this IEndpointRouteBuilder routes) => Metadata.Map(routes.MapGroup("").RequireOrigin(origins => origins.Login));

    /// <summary>Reads the keys and the trust list, or refuses to start.</summary>
    public static async Task PrepareTrustAsync(this WebApplication app)
    {
        app.Services.GetRequiredService<KeyFolder>().Load();
        await app.Services.GetRequiredService<TrustListSource>().RefreshAsync(CancellationToken.None);
    }
}
