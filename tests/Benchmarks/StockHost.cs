using System.Security.Claims;
using System.Security.Cryptography;
using Identity.Server.Storage;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
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
    /// <summary>Names the environment variable with the public keys of <see cref="TokenBenchmark.KeyClientId"/>.</summary>
    public const string JwksVariable = "STOCK_JWKS";

    public static async Task ServeAsync(string port, string database)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://localhost:{port}");
        builder.Services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie();
        builder.Services.AddDbContext<StockDbContext>(options => options
            .UseSqlite($"Data Source={database}").AddInterceptors(new SqlitePragmas()).UseOpenIddict());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<StockDbContext>())
            .AddServer(server =>
            {
                server.SetTokenEndpointUris("connect/token").AllowClientCredentialsFlow();
                server.SetAuthorizationEndpointUris("connect/authorize").AllowAuthorizationCodeFlow().RegisterScopes(Scopes.OpenId);
                server.AddEphemeralEncryptionKey().AddSigningKey(new ECDsaSecurityKey(key)).DisableAccessTokenEncryption();
                server.UseAspNetCore().EnableTokenEndpointPassthrough().EnableAuthorizationEndpointPassthrough().DisableTransportSecurityRequirement();
            });

        await using var app = builder.Build();
        app.UseAuthentication();
        app.MapGet("/sign-in", () => "ready");
        app.MapGet("/stock-sign-in", (string user) => TypedResults.SignIn(
            new ClaimsPrincipal(new ClaimsIdentity([new Claim(Claims.Subject, user)], CookieAuthenticationDefaults.AuthenticationScheme)), authenticationScheme: CookieAuthenticationDefaults.AuthenticationScheme));
        app.MapGet("/connect/authorize", AuthorizeAsync);
        app.MapPost("/connect/token", (Delegate)ExchangeAsync);
        await SeedAsync(app);
        await app.RunAsync();
    }

    /// <summary>As the documentation's examples do it: the cookie's person, the standing authorization or a new one, a code.</summary>
    private static async Task<SignInHttpResult> AuthorizeAsync(HttpContext http, IOpenIddictApplicationManager applications, IOpenIddictAuthorizationManager authorizations)
    {
        var request = http.GetOpenIddictServerRequest()!;
        var person = (await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme)).Principal!.GetClaim(Claims.Subject)!;
        var application = (await applications.FindByClientIdAsync(request.ClientId!))!;
        var client = (await applications.GetIdAsync(application))!;
        var identity = new ClaimsIdentity(TokenValidationParameters.DefaultAuthenticationType, Claims.Name, Claims.Role);
        identity.SetClaim(Claims.Subject, person).SetScopes(request.GetScopes());
        object? authorization = null;
        await foreach (var standing in authorizations.FindAsync(person, client, Statuses.Valid, AuthorizationTypes.Permanent, request.GetScopes()))
        {
            authorization = standing;
        }

        authorization ??= await authorizations.CreateAsync(identity, person, client, AuthorizationTypes.Permanent, identity.GetScopes());
        identity.SetAuthorizationId(await authorizations.GetIdAsync(authorization));
        return TypedResults.SignIn(new(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    private static async Task<SignInHttpResult> ExchangeAsync(HttpContext http)
    {
        var request = http.GetOpenIddictServerRequest()!;
        if (request.IsAuthorizationCodeGrantType())
        {
            var code = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal!;
            return TypedResults.SignIn(code, authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        }

        var identity = new ClaimsIdentity(TokenValidationParameters.DefaultAuthenticationType);
        identity.SetClaim(Claims.Subject, request.ClientId);
        return TypedResults.SignIn(new(identity), authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
    }

    private static async Task SeedAsync(WebApplication app)
    {
        await using var scope = app.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<StockDbContext>().Database.EnsureCreatedAsync();
        var applications = scope.ServiceProvider.GetRequiredService<IOpenIddictApplicationManager>();
        await applications.CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = TokenBenchmark.ClientId,
            ClientSecret = TokenBenchmark.Secret,
            Permissions = { Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials },
        });
        await applications.CreateAsync(new OpenIddictApplicationDescriptor
        {
            ClientId = CodeFlowBenchmark.ClientId,
            ClientSecret = TokenBenchmark.Secret,
            RedirectUris = { new Uri(CodeFlowBenchmark.RedirectUri) },
            Permissions = { Permissions.Endpoints.Token, Permissions.Endpoints.Authorization, Permissions.GrantTypes.AuthorizationCode, Permissions.ResponseTypes.Code },
        });
        if (Environment.GetEnvironmentVariable(JwksVariable) is { } keys)
        {
            await applications.CreateAsync(new OpenIddictApplicationDescriptor
            {
                ClientId = TokenBenchmark.KeyClientId,
                JsonWebKeySet = new JsonWebKeySet(keys),
                Permissions = { Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials },
            });
        }
    }

    private sealed class StockDbContext(DbContextOptions<StockDbContext> options) : DbContext(options);
}
