using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Connect.Logout;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>The grants of an account, listed and ended. Ending the row is enough: every token asks it before it counts.</summary>
internal sealed class GrantDirectory(ServerDbContext db, ClientDirectory clients, TellClients tell) : IGrantDirectory
{
    public async Task<IReadOnlyList<Grant>> ListAsync(Guid accountId, CancellationToken cancellationToken)
    {
        var subject = accountId.ToString();
        var rows = await db.Set<OidcGrant>().AsNoTracking()
            .Where(grant => grant.Subject == subject && grant.Status == Statuses.Valid)
            .OrderByDescending(grant => grant.CreationDate)
            .Select(grant => new { grant.Id, grant.Application!.ClientId, grant.CreationDate, grant.Sid, grant.Type })
            .Take(100)
            .ToListAsync(cancellationToken);
        return [.. from row in rows
            let client = clients.Find(row.ClientId)
            where client is not null
            select new Grant(row.Id.ToString(), client.Id, client.ShownName, client.Wallet, row.CreationDate is { } at ? new DateTimeOffset(at, TimeSpan.Zero) : null, row.Sid, row.Type == AuthorizationTypes.Permanent)];
    }

    public async Task<bool> HoldAsync(Guid accountId, string grantId, CancellationToken cancellationToken)
    {
        // An update that changes nothing takes the row's lock on either database; a read would only say how it was.
        var subject = accountId.ToString();
        return Guid.TryParse(grantId, out var id)
            && await db.Set<OidcGrant>().Where(grant => grant.Id == id && grant.Subject == subject && grant.Status == Statuses.Valid)
                .ExecuteUpdateAsync(set => set.SetProperty(grant => grant.Status, Statuses.Valid), cancellationToken) > 0;
    }

    public async Task<IReadOnlyList<string>> EndAsync(Guid accountId, string grantId, CancellationToken cancellationToken)
    {
        var subject = accountId.ToString();
        if (!Guid.TryParse(grantId, out var id)
            || await db.Set<OidcGrant>().AsNoTracking().Where(grant => grant.Id == id && grant.Subject == subject && grant.Status == Statuses.Valid)
                .Select(grant => new { grant.Sid, grant.Type, grant.ApplicationId, grant.Application!.ClientId }).SingleOrDefaultAsync(cancellationToken) is not { } named)
        {
            return [];
        }

        // Asked for other scopes, the application has another grant in the same session. To the person it is one and the same.
        var ids = named.Type == AuthorizationTypes.AdHoc
            ? await db.Set<OidcGrant>().Where(grant => grant.Sid == named.Sid && grant.ApplicationId == named.ApplicationId && grant.Subject == subject
                && grant.Type == AuthorizationTypes.AdHoc && grant.Status == Statuses.Valid).Select(grant => grant.Id).ToListAsync(cancellationToken)
            : [id];
        if (await db.Set<OidcGrant>().Where(grant => ids.Contains(grant.Id) && grant.Status == Statuses.Valid)
            .ExecuteUpdateAsync(set => set.SetProperty(grant => grant.Status, Statuses.Revoked), cancellationToken) == 0)
        {
            return [];
        }

        if (named.Sid is { } sid)
        {
            tell.Add(accountId, sid, [named.ClientId!]);
        }

        return [.. ids.Select(ended => ended.ToString())];
    }

    public void Committed() => tell.Committed();
}
