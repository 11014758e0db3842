using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Clients;
using Identity.Server.Connect.Keys;
using Identity.Server.Connect.Rules;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Short;

/// <summary>
/// An access and an identity token for a code (OpenID Connect Core 3.1.3) by the short way. Refresh tokens, keys of DPoP and codes that say
/// anything unheard of are the engine's, and so is every code that is not good: what a replay ends, ends there.
/// </summary>
internal sealed class RedeemCode
{
    private readonly TokenLedger _ledger;
    private readonly CodePayloads _payloads;
    private readonly PairwiseSubjects _subjects;
    private readonly OidcKeyRing _ring;
    private readonly IServiceScopeFactory _scopes;
    private readonly ConnectOptions _connect;
    private readonly TimeProvider _clock;
    private readonly string _issuer;

    // Of this instance: a compiled query keeps the model of the first context that it meets.
    private readonly Func<ServerDbContext, string, CancellationToken, Task<Row?>> _rowOf = EF.CompileAsyncQuery((ServerDbContext db, string reference, CancellationToken _) =>
        db.Set<OidcToken>().AsNoTracking().Where(token => token.ReferenceId == reference && token.Status == Statuses.Valid && token.Type == TokenTypeIdentifiers.Private.AuthorizationCode)
            .Select(token => new Row(token.Id, token.Payload, token.ExpirationDate, token.Application!.ClientId, token.Authorization!.Id, token.Authorization.Status, ((OidcGrant)token.Authorization).EndsAt)).SingleOrDefault());

    public RedeemCode(
        TokenLedger ledger, CodePayloads payloads, PairwiseSubjects subjects, OidcKeyRing ring, IServiceScopeFactory scopes, IOptions<ConnectOptions> connect, IOptions<Origins> origins, TimeProvider clock)
    {
        (_ledger, _payloads, _subjects, _ring, _scopes, _connect, _clock) = (ledger, payloads, subjects, ring, scopes, connect.Value, clock);
        _issuer = Origins.TextOf(origins.Value.Login);
    }

    /// <summary>Null sends the request to the engine.</summary>
    public async Task<Granted?> HandleAsync(ClientSettings client, TokenRequest asked, ClientProof proof, CancellationToken cancellationToken)
    {
        var time = _clock.GetUtcNow();
        if (asked is not { Code: { } text, RedirectUri: { } redirectUri, Verifier: { } verifier } || !TokenRules.IsVerifier(verifier)
            || await RowOfAsync(text, cancellationToken) is not { Payload: { } payload, GrantStatus: Statuses.Valid } row
            || row.ClientId != client.Id || row.ExpiresAt is not { } expires || expires <= time.UtcDateTime || row.GrantEndsAt <= time
            || await _payloads.ReadAsync(payload) is not { } code || !code.IsFor(row.Id, row.GrantId, client.Id, redirectUri, verifier, time))
        {
            return null;
        }

        var now = DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
        var token = new NewToken(Guid.CreateVersion7(now), TokenTypeIdentifiers.AccessToken, code.Subject, row.GrantId, now, now + _connect.AccessTokenLifetime);
        if (!await _ledger.EnterAsync(new(client.Id, [Permissions.Endpoints.Token, Permissions.GrantTypes.AuthorizationCode], proof, token) { Redeems = row.Id }, cancellationToken))
        {
            return null;
        }

        var scope = string.Join(' ', code.Scopes);
        var subject = _subjects.Of(code.Subject, client.Id);
        var accessToken = AccessToken(client.Id, subject, scope, code, token);
        return new(accessToken, _connect.AccessTokenLifetime, scope, IdentityToken(client, subject, code, now, accessToken));
    }

    private async Task<Row?> RowOfAsync(string code, CancellationToken cancellationToken)
    {
        await using var scope = _scopes.CreateAsyncScope();
        return await _rowOf(scope.ServiceProvider.GetRequiredService<ServerDbContext>(), CodePayloads.ReferenceOf(code), cancellationToken);
    }

    private string AccessToken(string clientId, string subject, string scope, CodePayload code, NewToken token) =>
        Json.Sign(_ring.Active(OidcKeyUse.Signing).Signing, JsonWebTokenTypes.AccessToken, json =>
        {
            json.WriteString(Claims.Issuer, _issuer);
            json.WriteNumber(Claims.ExpiresAt, token.ExpiresAt.ToUnixTimeSeconds());
            json.WriteNumber(Claims.IssuedAt, token.CreatedAt.ToUnixTimeSeconds());
            json.WriteString(Claims.Audience, _issuer);
            json.WriteString(Claims.Scope, scope);
            json.WriteString(Claims.JwtId, token.Id);
            code.WriteClaimsFor(Destinations.AccessToken, json);
            json.WriteString(Claims.Private.Presenter, clientId);
            json.WriteString(Claims.Private.AuthorizationId, token.GrantId!.Value);
            json.WriteString(Claims.ClientId, clientId);
            json.WriteString(Claims.Private.TokenId, token.Id);
            json.WriteString(Claims.Subject, subject);
        });

    private string IdentityToken(ClientSettings client, string subject, CodePayload code, DateTimeOffset now, string accessToken) =>
        Json.Sign(_ring.Active(client.ReadsRs256 ? OidcKeyUse.SigningRsa : OidcKeyUse.Signing).Signing, JsonWebTokenTypes.GenericJsonWebToken, json =>
        {
            json.WriteString(Claims.Issuer, _issuer);
            json.WriteNumber(Claims.ExpiresAt, (now + _connect.IdentityTokenLifetime).ToUnixTimeSeconds());
            json.WriteNumber(Claims.IssuedAt, now.ToUnixTimeSeconds());
            json.WriteString(Claims.Audience, client.Id);
            code.WriteClaimsFor(Destinations.IdentityToken, json);
            json.WriteString(Claims.AuthorizedParty, client.Id);
            if (code.Nonce is { } nonce)
            {
                json.WriteString(Claims.Nonce, nonce);
            }

            // OpenID Connect Core 3.1.3.6: the left half of the digest. Both of our algorithms have SHA-256.
            json.WriteString(Claims.AccessTokenHash, Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16)));
            json.WriteString(Claims.Subject, subject);
        });

    private sealed record Row(Guid Id, string? Payload, DateTime? ExpiresAt, string? ClientId, Guid GrantId, string? GrantStatus, DateTimeOffset? GrantEndsAt);
}
