using Identity.Server.Clients;
using Identity.Server.Connect.Keys;
using Identity.Server.Connect.Proofs;
using Identity.Server.Connect.Rules;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using OpenIddict.Validation;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>The OIDC engine, set to what this house allows. Each deviation from its defaults says why.</summary>
internal static class Engine
{
    public static void AddEngine(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => new PairwiseSubjects(services.GetRequiredService<DerivedSecrets>().Derive("connect/pairwise-subjects"), services.GetRequiredService<ClientDirectory>()));
        builder.Services.AddSingleton<VerifiedSecrets>();
        builder.Services.AddSingleton<SecretHashes>();
        builder.Services.AddOpenIddict()
            .AddCore(core => core.ReplaceApplicationManager<OidcClient, OidcClients>()
                .UseEntityFrameworkCore()
                .UseDbContext<ServerDbContext>()
                .ReplaceDefaultEntities<OidcClient, OidcGrant, OidcScope, OidcToken, Guid>())
            .AddServer(server => Configure(server, builder.Environment))
            .AddValidation(validation =>
            {
                validation.UseLocalServer();
                validation.UseAspNetCore().DisableAccessTokenExtractionFromQueryString().DisableAccessTokenExtractionFromBodyForm();

                // Both, never one without the other: with the second alone 7.8.0 is open (GHSA-cxgj-hwwh-855g, README.md).
                validation.EnableTokenEntryValidation();
                validation.EnableAuthorizationEntryValidation();
                validation.AddEventHandler(CallerClaims.Descriptor);
                validation.RemoveEventHandler(OpenIddictValidationHandlers.Protection.ValidateProofOfPossession.Descriptor);
                foreach (var access in DpopAccess.Descriptors)
                {
                    validation.AddEventHandler(access);
                }

                validation.AddEventHandler(InsufficientScope.Descriptor);
            });
        builder.Services.AddOptions<OpenIddictServerOptions>().Configure<IOptions<ConnectOptions>, IOptions<Origins>, OidcKeyRing>(Configure);

        // RFC 9068 4: a token that is for another service opens nothing at /api. UserInfo sees to itself.
        builder.Services.AddOptions<OpenIddictValidationOptions>().Configure<IOptions<Origins>>((validation, origins) => validation.Audiences.Add(Origins.TextOf(origins.Value.Login)));
    }

    private static void Configure(OpenIddictServerBuilder server, IHostEnvironment environment)
    {
        server.SetAuthorizationEndpointUris("connect/authorize")
            .SetTokenEndpointUris("connect/token")
            .SetUserInfoEndpointUris("connect/userinfo")
            .SetIntrospectionEndpointUris("connect/introspect")
            .SetRevocationEndpointUris("connect/revoke")
            .SetEndSessionEndpointUris("connect/endsession")
            .SetPushedAuthorizationEndpointUris("connect/par");
        server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange().AllowRefreshTokenFlow().AllowClientCredentialsFlow().AllowTokenExchangeFlow();

        // Which client may name which service is TokenExchange's to say, and Resources' for all else.
        server.DisableAudienceValidation().DisableResourceValidation().IgnoreAudiencePermissions().IgnoreResourcePermissions();
        server.RegisterScopes(Scopes.OpenId, Scopes.Profile, Scopes.Birthdate, Scopes.Age, Scopes.OfflineAccess, Scopes.Credentials, Scopes.Verify, Scopes.Clients);
        server.RegisterClaims("sub", "iss", "aud", "exp", "iat", "auth_time", "acr", "amr", "sid", "nonce", "name", "birthdate", "age_over_18");

        // RFC 9068: a resource server can read them. They hold a pairwise subject and no personal data.
        server.DisableAccessTokenEncryption();

        // From sign-in to the end, however often it is renewed.
        server.DisableSlidingRefreshTokenExpiration();

        server.AddGuard<ExtractAuthorizationRequestContext>();
        server.AddGuard<ExtractPushedAuthorizationRequestContext>();
        server.AddGuard<ExtractTokenRequestContext>();
        server.AddGuard<ExtractUserInfoRequestContext>();
        server.AddEventHandler(EmptyPost.Descriptor);
        server.AddGuard<ExtractIntrospectionRequestContext>();
        server.AddGuard<ExtractRevocationRequestContext>();
        server.AddGuard<ExtractEndSessionRequestContext>();
        foreach (var rule in AuthorizationRules.Descriptors)
        {
            server.AddEventHandler(rule);
        }

        server.AddEventHandler(PushedRequests.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertion.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertionWellknownClaims.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.ValidateClientAssertionIssuer.Descriptor);
        server.AddEventHandler(ClientAssertion.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.Protection.ValidateProofOfPossession.Descriptor);
        foreach (var dpop in DpopAtServer.Descriptors)
        {
            server.AddEventHandler(dpop);
        }

        server.AddEventHandler(UseUpAssertion.Descriptor);
        server.AddEventHandler(SteadyRefreshTokens.Descriptor);
        server.RemoveEventHandler(OpenIddictServerHandlers.RedeemTokenEntry.Descriptor);
        server.AddEventHandler(RedeemTokens.Descriptor);
        server.AddEventHandler(Metadata.Descriptor);
        server.AddEventHandler(SameRefusal<ApplyTokenResponseContext>.Descriptor);
        server.AddEventHandler(SameRefusal<ApplyPushedAuthorizationResponseContext>.Descriptor);
        server.AddEventHandler(SameRefusal<ApplyIntrospectionResponseContext>.Descriptor);
        server.AddEventHandler(SameRefusal<ApplyRevocationResponseContext>.Descriptor);
        server.AddEventHandler(CheckedRedirect.Descriptor);
        server.AddEventHandler(FormPost.Descriptor);
        server.AddEventHandler(TokenRules.Descriptor);
        server.AddEventHandler(ClientCredentials.Descriptor);
        server.AddEventHandler(TokenExchange.Descriptor);
        server.AddEventHandler(Refresh.Descriptor);
        server.AddEventHandler(LeanIdentityTokens.Descriptor);
        server.AddEventHandler(PairwiseTokens.Descriptor);
        server.AddEventHandler(RingCredentials.Descriptor);
        server.AddEventHandler(UserInfo.Descriptor);
        server.AddEventHandler(Introspection.Descriptor);
        server.AddEventHandler(RevokeGrant.Descriptor);
        server.AddEventHandler(FailureNotes<ApplyAuthorizationResponseContext>.Descriptor);
        server.AddEventHandler(FailureNotes<ApplyTokenResponseContext>.Descriptor);
        server.AddEventHandler(FailureNotes<ApplyIntrospectionResponseContext>.Descriptor);
        server.AddEventHandler(FailureNotes<ApplyRevocationResponseContext>.Descriptor);
        server.AddEventHandler(FailureNotes<ApplyEndSessionResponseContext>.Descriptor);
        foreach (var issuer in IssuerText.Descriptors)
        {
            server.AddEventHandler(issuer);
        }

        var host = server.UseAspNetCore().EnableAuthorizationEndpointPassthrough().EnableEndSessionEndpointPassthrough().EnableErrorPassthrough();
        if (environment.IsDevelopment())
        {
            host.DisableTransportSecurityRequirement();
        }
    }

    private static void AddGuard<TContext>(this OpenIddictServerBuilder server)
        where TContext : BaseValidatingContext
    {
        server.AddEventHandler(RequestGuard<TContext>.Descriptor);
        server.AddEventHandler(ClientCredentialsGuard<TContext>.Descriptor);
    }

    private static void Configure(OpenIddictServerOptions engine, IOptions<ConnectOptions> connect, IOptions<Origins> origins, OidcKeyRing ring)
    {
        // What is published and what is taken; RingCredentials says what signs.
        engine.SigningCredentials.AddRange(ring.Of(OidcKeyUse.Signing).Concat(ring.Of(OidcKeyUse.SigningRsa)).Concat(ring.Of(OidcKeyUse.Own)).Select(key => key.Signing));
        engine.EncryptionCredentials.AddRange(ring.Of(OidcKeyUse.Own).Select(key => key.Encrypting!));
        engine.Issuer = origins.Value.Login;
        engine.RequestTokenLifetime = PushedRequests.Arrival + PushedRequests.Stay;
        engine.AuthorizationCodeLifetime = connect.Value.CodeLifetime;
        engine.AccessTokenLifetime = connect.Value.AccessTokenLifetime;
        engine.IdentityTokenLifetime = connect.Value.IdentityTokenLifetime;
        engine.RefreshTokenLifetime = connect.Value.RefreshTokenLifetime;
        engine.RefreshTokenReuseLeeway = connect.Value.RefreshReuseLeeway;

        // S256 only: with plain, whoever sees the request can redeem the code (RFC 9700 2.1.1).
        engine.CodeChallengeMethods.Remove("plain");

        // A code in a fragment serves only flows that are not offered (RFC 9700 2.1).
        engine.ResponseModes.Remove("fragment");
        engine.SubjectTokenTypes.Clear();
        engine.SubjectTokenTypes.Add(TokenTypeIdentifiers.AccessToken);
        engine.RequestedTokenTypes.Clear();
        engine.RequestedTokenTypes.Add(TokenTypeIdentifiers.AccessToken);
        engine.SubjectTypes.Clear();
        engine.SubjectTypes.Add("pairwise");
    }
}
