using Identity.Server.Clients;
using Identity.Server.Connect.Keys;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Short;

/// <summary>A client's own token (RFC 6749 4.4) by the short way.</summary>
internal sealed class IssueClientToken(TokenLedger ledger, OidcKeyRing ring, IOptions<Origins> origins, IOptions<ConnectOptions> connect, TimeProvider clock)
{
    // Those that mean something for a client by itself.
    private static readonly HashSet<string> Granted = new(StringComparer.Ordinal) { Connect.Scopes.Credentials, Connect.Scopes.Verify, Connect.Scopes.Clients };

    private readonly string _issuer = Origins.TextOf(origins.Value.Login);
    private readonly TimeSpan _life = connect.Value.AccessTokenLifetime;

    /// <summary>Null sends the request to the engine.</summary>
    public async Task<Granted?> HandleAsync(ClientSettings client, TokenRequest asked, ClientProof proof, CancellationToken cancellationToken)
    {
        if (asked is not { Code: null, RedirectUri: null, Verifier: null } || client is not { ClientCredentials: true, IsPublic: false }
            || !asked.Scopes.All(scope => Granted.Contains(scope) && client.Scopes.Contains(scope)))
        {
            return null;
        }

        var now = DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds());
        var token = new NewToken(Guid.CreateVersion7(now), TokenTypeIdentifiers.AccessToken, client.Id, null, now, now + _life);
        string[] needs = [Permissions.Endpoints.Token, Permissions.GrantTypes.ClientCredentials, .. asked.Scopes.Select(scope => Permissions.Prefixes.Scope + scope)];
        return await ledger.EnterAsync(new(client.Id, needs, proof, token), cancellationToken) ? new(Sign(client.Id, asked.Scopes, token), _life) : null;
    }

    private string Sign(string clientId, string[] scopes, NewToken token) =>
        Json.Sign(ring.Active(OidcKeyUse.Signing).Signing, JsonWebTokenTypes.AccessToken, json =>
        {
            json.WriteString(Claims.Issuer, _issuer);
            json.WriteNumber(Claims.ExpiresAt, token.ExpiresAt.ToUnixTimeSeconds());
            json.WriteNumber(Claims.IssuedAt, token.CreatedAt.ToUnixTimeSeconds());
            json.WriteString(Claims.Audience, _issuer);
            json.WriteString(Claims.JwtId, token.Id);
            json.WriteString(Claims.Subject, clientId);
            json.WriteString(Claims.Private.Presenter, clientId);
            json.WriteString(Claims.ClientId, clientId);
            json.WriteString(Claims.Private.TokenId, token.Id);
            if (scopes.Length > 0)
            {
                json.WriteString(Claims.Scope, string.Join(' ', scopes));
            }
        });
}
