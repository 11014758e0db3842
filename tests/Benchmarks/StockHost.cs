using System.Security.Cryptography;
using Identity.Server.Storage;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Benchmarks;

/// <summary>
/// The peer of the token endpoint: OpenIddict as its documentation sets it up, on the same kind of database with the same
/// PRAGMAs, so that both keep an answered token equally well. Nothing is turned off.
/// </summary>
internal static class StockHost
{
    public static async Task ServeAsync(string port, string database)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://localhost:{port}");
        builder.Services.AddDbContext<StockDbContext>(options => options
            .UseSqlite($"Data Source={database}").AddInterceptors(new SqlitePragmas()).UseOpenIddict());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<StockDbContext>())
            .AddServer(server =>
            {
                server.SetTokenEndpointUris("connect/token").AllowClientCredentialsFlow();
                server.AddEphemeralEncryptionKey().AddSigningKey(new ECDsaSecurityKey(key)).DisableAccessTokenEncryption();
                server.UseAspNetCore().EnableTokenEndpointPassthrough().DisableTransportSecurityRequirement();
            });

        await using var app = builder.Build();
        app.UseAuthentication();
        app.MapGet("/sign-in", () => "ready");
        app.MapPost("/connect/token", (Microsoft.AspNetCore.Http.HttpContext http) =>
        {
            var identity = new System.Security.Claims.ClaimsIdentity(TokenValidationParameters.DefaultAuthenticationType);
            identity.SetClaim(Claims.Subject, http.GetOpenIddictServerRequest()!.ClientId);
            return Microsoft.AspNetCore.Http.TypedResults.SignIn(new(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        });
        await SeedAsync(app);
        await app.RunAsync();
    }

    private static async Task SeedAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<StockDbContext>().Database.EnsureCreatedAsync();
        await scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>().CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = TokenBenchmark.ClientId,
            ClientSecret = TokenBenchmark.Secret,
            Permissions = { Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials },
        });
    }

    private sealed class StockDbContext(DbContextOptions<StockDbContext> options) : DbContext(options);
}
