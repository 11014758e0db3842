using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Clients;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect;

/// <summary>
/// Before a code or a refresh token turns into new tokens: the account must still be open. For confidential clients a refresh
/// token that was used before is refused at once; only public ones get the leeway for lost answers and parallel tabs.
/// </summary>
internal sealed class Refresh(ServerDbContext db, ClientDirectory clients, AuditTrail audit, TimeProvider clock) : IOpenIddictServerHandler<HandleTokenRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<HandleTokenRequestContext>()
        .UseScopedHandler<Refresh>()
        .SetOrder(400_000)
        .Build();

    public async ValueTask HandleAsync(HandleTokenRequestContext context)
    {
        if (!context.Request.IsRefreshTokenGrantType() || context.Principal is not { } principal
            || !Guid.TryParse(principal.GetClaim(Claims.Subject), out var accountId))
        {
            return;
        }

        if (!await db.Set<Account>().AnyAsync(account => account.Id == accountId && account.DisabledAt == null, context.CancellationToken))
        {
            context.Reject(Errors.InvalidGrant, "The account is closed.");
            return;
        }

        // The engine has just read the grant, so this costs nothing.
        if (Guid.TryParse(principal.GetAuthorizationId(), out var grantId) && await db.Set<OidcGrant>().FindAsync([grantId], context.CancellationToken) is { } grant && grant.EndsAt <= clock.GetUtcNow())
        {
            context.Reject(Errors.InvalidGrant, "The consent has ended: ask the person again.");
            return;
        }

        if (clients.Find(context.ClientId) is { IsPublic: false } && Guid.TryParse(principal.GetTokenId(), out var tokenId)
            && await db.Set<OidcToken>().FindAsync([tokenId], context.CancellationToken) is { Status: Statuses.Redeemed })
        {
            await using var transaction = await db.Database.BeginTransactionAsync(context.CancellationToken);
            await db.Set<OidcToken>().Where(token => token.Authorization!.Id == Guid.Parse(principal.GetAuthorizationId()!))
                .ExecuteUpdateAsync(set => set.SetProperty(token => token.Status, Statuses.Revoked), context.CancellationToken);
            audit.Record(ConnectEvents.ReuseRefused, ConnectEvents.ActorOf(context.ClientId!), accountId, new { Grant = principal.GetAuthorizationId() });
            await db.SaveChangesAsync(context.CancellationToken);
            await transaction.CommitAsync(context.CancellationToken);
            context.Reject(Errors.InvalidGrant, "The refresh token was used before.");
        }
    }
}
