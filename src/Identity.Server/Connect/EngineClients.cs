using Identity.Server.Clients;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Identity.Server.Connect;

/// <summary>The engine's side of a registered client.</summary>
internal sealed class EngineClients(IOpenIddictApplicationManager engine, ServerDbContext db, TimeProvider clock) : IClientEngine
{
    public async Task SaveAsync(ClientSettings client, string? secret, CancellationToken cancellationToken)
    {
        var wanted = SeedClients.DescriptorOf(client);
        if (await engine.FindByClientIdAsync(client.Id, cancellationToken) is OidcClient row)
        {
            // As it stands, which is hashed: the engine sees that it is the same and leaves it alone.
            wanted.ClientSecret = row.ClientSecret;
            await engine.UpdateAsync(row, wanted, cancellationToken);
            return;
        }

        wanted.ClientSecret = secret;
        await engine.CreateAsync(wanted, cancellationToken);
    }

    public async Task ReplaceSecretAsync(string clientId, string secret, DateTimeOffset formerEndsAt, CancellationToken cancellationToken)
    {
        var row = await RowAsync(clientId, cancellationToken);
        row.FormerSecret = row.ClientSecret;
        row.FormerSecretEndsAt = formerEndsAt;
        await engine.UpdateAsync(row, secret, cancellationToken);
    }

    public async Task EndFormerSecretAsync(string clientId, CancellationToken cancellationToken)
    {
        var row = await RowAsync(clientId, cancellationToken);
        row.FormerSecret = null;
        row.FormerSecretEndsAt = null;
        await db.SaveChangesAsync(cancellationToken);
    }

    public async Task RemoveAsync(string clientId, CancellationToken cancellationToken)
    {
        await db.Set<OidcToken>().Where(token => token.Application!.ClientId == clientId).ExecuteDeleteAsync(cancellationToken);
        await db.Set<OidcGrant>().Where(grant => grant.Application!.ClientId == clientId).ExecuteDeleteAsync(cancellationToken);
        await db.Set<OidcClient>().Where(client => client.ClientId == clientId).ExecuteDeleteAsync(cancellationToken);

        // What it got stays on the person's list.
        var now = clock.GetUtcNow();
        await db.Set<Consent>().Where(consent => consent.ClientId == clientId && consent.EndedAt == null).ExecuteUpdateAsync(set => set.SetProperty(consent => consent.EndedAt, now), cancellationToken);
    }

    private async Task<OidcClient> RowAsync(string clientId, CancellationToken cancellationToken) =>
        await engine.FindByClientIdAsync(clientId, cancellationToken) as OidcClient
        ?? throw new InvalidOperationException($"The engine does not know {clientId}.");
}
