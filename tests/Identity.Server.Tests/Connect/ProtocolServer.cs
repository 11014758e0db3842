using Xunit;

namespace Identity.Server.Tests.Connect;

/// <summary>The server with a client for each protocol. Shared by the classes of the collection, which so run one after the other.</summary>
public sealed class ProtocolServer : IAsyncLifetime
{
    public const string Keys = "keys";
    public const string Pushing = "pushing";
    public const string Bound = "bound";
    public const string Fapi = "fapi";

    public ProtocolServer()
    {
        Oidc = new OidcServer(new()
        {
            ["Clients:keys:Name"] = "Proves itself with a key",
            ["Clients:keys:Jwks"] = Signer.Jwks(First, Second),
            ["Clients:keys:ClientCredentials"] = "true",
            ["Clients:keys:RedirectUris:0"] = "https://keys.example/callback",
            ["Clients:keys:Scopes:0"] = "openid",
            ["Clients:keys:Scopes:1"] = "profile",
            ["Clients:keys:Scopes:2"] = "offline_access",

            ["Clients:pushing:Name"] = "Must push",
            ["Clients:pushing:Secret"] = "pushing-test-secret",
            ["Clients:pushing:RequiresPushedRequests"] = "true",
            ["Clients:pushing:RedirectUris:0"] = "https://pushing.example/callback",
            ["Clients:pushing:Scopes:0"] = "openid",
            ["Clients:pushing:Scopes:1"] = "profile",

            ["Clients:fapi:Name"] = "FAPI 2.0",
            ["Clients:fapi:Fapi"] = "true",
            ["Clients:fapi:Jwks"] = Signer.Jwks(First),
            ["Clients:fapi:RedirectUris:0"] = "https://fapi.example/callback",
            ["Clients:fapi:Scopes:0"] = "openid",
            ["Clients:fapi:Scopes:1"] = "profile",
            ["Clients:fapi:Scopes:2"] = "offline_access",

            ["Clients:bound:Name"] = "Must use DPoP",
            ["Clients:bound:RequiresDpop"] = "true",
            ["Clients:bound:Wallet"] = "true",
            ["Clients:bound:RedirectUris:0"] = "https://bound.example/callback",
            ["Clients:bound:Scopes:0"] = "openid",
            ["Clients:bound:Scopes:1"] = "profile",
            ["Clients:bound:Scopes:2"] = "offline_access",
            ["Clients:bound:Scopes:3"] = "credentials",
        });
    }

    internal Signer First { get; } = new();

    internal Signer Second { get; } = new("PS256", "k2");

    internal OidcServer Oidc { get; }

    public ValueTask InitializeAsync() => Oidc.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await Oidc.DisposeAsync();
        First.Dispose();
        Second.Dispose();
    }
}

[CollectionDefinition(Name)]
public sealed class Protocols : ICollectionFixture<ProtocolServer>
{
    public const string Name = "protocols";
}
