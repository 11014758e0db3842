using System.Globalization;
using System.Security.Claims;
using System.Text.Json;
using Identity.Server.Audit;
using Identity.Server.Clients;
using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Proofs;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.AspNetCore;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect;

/// <summary>
/// RFC 8693, delegation: an application's server turns a citizen's access token into one for another service, which hears who acts
/// (<c>act</c>). Only where both are registered for it (<c>ExchangesFor</c>, <c>ExchangesFrom</c>), only with a token that the application
/// itself was given, and always down: no scope more, no longer life, and nothing that the person did not allow the service as well. There
/// is no impersonation: a token that hides who acts is not made for anybody.
/// </summary>
internal sealed class TokenExchange(
    ServerDbContext db, ClientDirectory clients, Presence presence, Consents consents, StepUp stepUp, DpopProofs proofs, AuditTrail audit, IOptions<Origins> origins, IOptions<ConnectOptions> options, TimeProvider clock)
    : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    /// <summary>RFC 8693 4.1. The engine's own name for it is <c>actor</c>, which nobody reads.</summary>
    public const string ActorClaim = "act";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleTokenRequestContext>()
        .UseScopedHandler<TokenExchange>()
        .SetOrder(ClientCredentials.Descriptor.Order + 500)
        .Build();

    private sealed record Fault(string Error, string Description);

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (context.Request.IsTokenExchangeGrantType() && await ExchangeAsync(context) is { } fault)
        {
            context.Reject(fault.Error, fault.Description);
        }
    }

    private async Task<Fault?> ExchangeAsync(HandleTokenRequestContext context)
    {
        // 1. Who acts is the client that has just proved itself.
        if (context.Request.ActorToken is not null)
        {
            return new(Errors.InvalidRequest, "The client itself is the actor: actor_token is not offered.");
        }

        // 2. A token of a citizen that this client was given, and that was not exchanged before. The engine has seen that it is ours and in force.
        var actor = clients.Find(context.ClientId)!;
        var token = context.SubjectTokenPrincipal ?? throw new InvalidOperationException("The engine passed no subject token on.");
        if (!token.GetPresenters().SequenceEqual([actor.Id]) || !token.HasAudience(Origins.TextOf(origins.Value.Login)) || token.HasClaim(ActorClaim)
            || await presence.FindAsync(token, context.CancellationToken) is not { } grant)
        {
            return new(Errors.InvalidGrant, "The subject_token is no access token of a citizen that this client was given, or the citizen's session or consent has ended.");
        }

        // A bound token is worth nothing without its key, here as anywhere (RFC 9449 7).
        var proved = DpopAtServer.ProvedIn(context.Transaction);
        if (DpopProofs.ThumbprintOf(token.GetClaim(Claims.Confirmation)) is { } bound && bound != proved)
        {
            return new(Errors.InvalidGrant, "The subject_token is bound to another key than that of the DPoP proof.");
        }

        // 3. For one service that this client may call, in no weaker way than the service asks of everybody.
        var accountId = Guid.Parse(grant.Subject!);
        var resource = context.Request.GetResources() is [{ } named] ? named : null;
        if (TargetOf(context.Request, actor, resource) is not { } target || target.Registration?.IsFor(accountId) == false)
        {
            return new(Errors.InvalidTarget, "audience must be the client_id, or resource a registered resource, of one service that this client may call.");
        }

        if (target.Fapi && !actor.Fapi)
        {
            return new(Errors.InvalidTarget, "The service follows FAPI 2.0, this client does not.");
        }

        if (target.MustBind && proved is null)
        {
            proofs.OfferNonce(context.Transaction.GetHttpRequest()!);
            return new(DpopProofs.InvalidProof, "Tokens for this service are bound to a key: the request carries a DPoP proof (RFC 9449).");
        }

        var authenticatedAt = DateTimeOffset.FromUnixTimeSeconds(long.Parse(token.GetClaim(Claims.AuthenticationTime)!, CultureInfo.InvariantCulture));
        var level = stepUp.LevelNow(grant.Level, authenticatedAt);
        if (level < target.LowestLevel)
        {
            return new(Errors.InvalidTarget, "The sign-in does not reach the level that the service asks for.");
        }

        // 4. What the person allowed this client is no leave for the other: that has an answer of its own, or a duty in law.
        var scopes = context.Request.GetScopes();
        if (scopes.FirstOrDefault(scope => !token.HasScope(scope) || !target.Scopes.Contains(scope)) is { } foreign)
        {
            return new(Errors.InvalidScope, $"'{foreign}' is not in the subject_token's scopes, or not among those of the service.");
        }

        string[] wanted = [Scopes.OpenId, .. scopes.Where(scope => scope != Scopes.OpenId)];
        var asked = new AskedScopes(wanted, wanted.ToHashSet(StringComparer.Ordinal), []);
        if (await consents.FindAsync(target, accountId, grant.Sid!, asked, asksAnew: false, since: null, context.CancellationToken) is not { } permission)
        {
            return new(Errors.InvalidTarget, "The person has not allowed the service this.");
        }

        // 5. Down in everything. It hangs on the same grant and so ends with it.
        var now = clock.GetUtcNow();
        var end = new[] { token.GetExpirationDate(), now + options.Value.AccessTokenLifetime, permission.EndsAt, grant.EndsAt }.Min()!.Value;
        var identity = new ClaimsIdentity("token-exchange", Claims.Subject, Claims.Role);
        identity.SetClaim(Claims.Subject, grant.Subject);
        identity.AddClaim(new Claim(Claims.AuthenticationTime, token.GetClaim(Claims.AuthenticationTime)!, ClaimValueTypes.Integer64));
        identity.SetClaim(Claims.AuthenticationContextReference, Assurance.NameOf(level));
        identity.SetClaim(ActorClaim, JsonSerializer.SerializeToElement(new { sub = actor.Id }));
        identity.SetScopes(scopes);
        identity.SetResources(resource is null ? [target.Id] : [target.Id, resource]);
        identity.SetAuthorizationId(grant.Id.ToString());
        identity.SetAccessTokenLifetime(end - now);
        identity.SetDestinations(_ => [Destinations.AccessToken]);
        audit.Record(ConnectEvents.TokenExchanged, ConnectEvents.ActorOf(actor.Id), accountId, new { Grant = grant.Id, Target = target.Id, Scopes = scopes });
        await db.SaveChangesAsync(context.CancellationToken);
        context.SignIn(new ClaimsPrincipal(identity));
        return null;
    }

    private ClientSettings? TargetOf(OpenIddictRequest request, ClientSettings actor, string? resource)
    {
        var audiences = request.GetAudiences();
        if (audiences.Length > 1 || request.GetResources().Length > 1 || (audiences.Length == 0 && resource is null) || resource == Origins.TextOf(origins.Value.Login))
        {
            return null;
        }

        var targets = actor.ExchangesFor.Select(clients.Find).OfType<ClientSettings>()
            .Where(target => target is { IsPublic: false, Staff: false } && target.ExchangesFrom.Contains(actor.Id)
                && (audiences is not [var audience] || target.Id == audience)
                && (resource is null || target.Resources.Contains(resource)))
            .ToArray();
        return targets is [var one] ? one : null;
    }
}
