using Identity.Server.Web;
using OpenIddict.Abstractions;
using OpenIddict.Validation.AspNetCore;

namespace Identity.Server.Connect;

/// <summary>What <c>/api</c> asks of an access token.</summary>
internal static class TokenPolicies
{
    public static void AddTokenPolicies(this IHostApplicationBuilder builder)
    {
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Policies.Credentials, policy => policy
                .AddAuthenticationSchemes(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme)
                .RequireAssertion(context => context.User.HasScope(Scopes.Credentials)))
            .AddPolicy(Policies.Clients, policy => policy
                .AddAuthenticationSchemes(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme)
                .RequireAssertion(context => context.User.HasScope(Scopes.Clients)))
            .AddPolicy(Policies.Verify, policy => policy
                .AddAuthenticationSchemes(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme)
                .RequireAssertion(context => context.User.HasScope(Scopes.Verify)));
    }
}
