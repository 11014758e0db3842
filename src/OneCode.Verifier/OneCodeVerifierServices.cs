using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace OneCode.Verifier;

/// <summary>A verifier inside somebody's host.</summary>
public static class OneCodeVerifierServices
{
    private static readonly TimeSpan GuardsPatience = TimeSpan.FromSeconds(5);

    /// <summary>Adds one <see cref="CodeVerifier"/> and a background service that loads its cache and keeps its lists fresh.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="roots">Kept from a trusted moment: read them from a file that ships with the gate.</param>
    /// <param name="configure">Where to fetch and where to keep.</param>
    public static IServiceCollection AddOneCodeVerifier(this IServiceCollection services, TrustRoots roots, Action<CodeVerifierOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(roots);
        ArgumentNullException.ThrowIfNull(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider =>
        {
            var options = new CodeVerifierOptions();
            configure(options);
            return new CodeVerifier(roots, options, NewClient(), provider.GetRequiredService<TimeProvider>());
        });
        services.AddHostedService<Refresh>();
        return services;
    }

    // One client for the process's life; its connections are renewed so that a moved host is found again. Nothing is followed
    // elsewhere: a list's place is in the signed trust list.
    private static HttpClient NewClient() => new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false }) { Timeout = GuardsPatience };

    private sealed class Refresh(CodeVerifier verifier) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => verifier.RunAsync(stoppingToken);
    }
}
