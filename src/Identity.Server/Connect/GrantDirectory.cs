using System.Globalization;
using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>The grants of an account, listed and ended. Ending the row is enough: every token asks it before it counts.</summary>
internal sealed class GrantDirectory(ServerDbContext db, ClientDirectory clients) : IGrantDirectory
{
    public async Task<IReadOnlyList<Grant>> ListAsync(Guid accountId, CancellationToken cancellationToken)
    {
        var subject = accountId.ToString();
        var rows = await db.Set<OidcGrant>().AsNoTracking()
            .Where(grant => grant.Subject == subject && grant.Status == Statuses.Valid)
            .OrderByDescending(grant => grant.CreationDate)
            .Select(grant => new { grant.Id, grant.Application!.ClientId, grant.CreationDate })
            .Take(100)
            .ToListAsync(cancellationToken);
        return [.. from row in rows
            let client = clients.Find(row.ClientId)
            where client is not null
            select new Grant(row.Id.ToString(), client.Id, NameOf(client), client.Wallet, row.CreationDate is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null)];
    }

    public async Task<bool> EndAsync(Guid accountId, string grantId, CancellationToken cancellationToken)
    {
        var subject = accountId.ToString();
        return Guid.TryParse(grantId, out var id)
            && await db.Set<OidcGrant>().Where(grant => grant.Id == id && grant.Subject == subject && grant.Status == Statuses.Valid)
                .ExecuteUpdateAsync(set => set.SetProperty(grant => grant.Status, Statuses.Revoked), cancellationToken) > 0;
    }

    private static string NameOf(ClientSettings client) =>
        CultureInfo.CurrentUICulture.TwoLetterISOLanguageName == "en" ? client.NameEn ?? client.Name : client.Name;
}
