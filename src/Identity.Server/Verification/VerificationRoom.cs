using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.Extensions.DependencyInjection.Extensions;
using OneCode;

namespace Identity.Server.Verification;

internal static class VerificationRoom
{
    public static void AddVerification(this IHostApplicationBuilder builder)
    {
        // Keeps the last credentials and imported keys that it verified.
        builder.Services.TryAddSingleton(_ => new CredentialVerifier());
        builder.Services.AddSingleton<SceneRegistry>();
        builder.Services.AddSingleton<ReplayGuard>();
        builder.Services.AddSingleton(provider => new VerifierPseudonyms(provider.GetRequiredService<DerivedSecrets>().Derive("verifier-pseudonyms")));
        builder.Services.AddSingleton<NeighbourStatus>();
        // Where lists are is signed for by another region, so it may still not lead us into our own networks. A guard is waiting.
        builder.Services.AddHttpClient(NeighbourStatus.HttpClientName, client => (client.Timeout, client.MaxResponseContentBufferSize) = (TimeSpan.FromSeconds(2), StatusListToken.MaximumSize))
            .ConfigurePrimaryHttpMessageHandler(services => services.GetRequiredService<OutboundGuard>().Handler());
        builder.Services.AddSingleton<VerifierAccess>();
        builder.Services.AddScoped<Verify>();
    }

    public static void MapVerification(this IEndpointRouteBuilder routes)
    {
        // Resolved now, so that a wrong scene stops the start and not the first scan.
        _ = routes.ServiceProvider.GetRequiredService<SceneRegistry>();
        var api = routes.MapGroup("/api").RequireOrigin(origins => origins.Login).WithTags("Verification");
        Verify.Map(api);
        ListScenes.Map(api);
    }
}
