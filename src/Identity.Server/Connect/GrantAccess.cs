using System.Text.Json;
using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Clients;
using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>
/// Writes down that a person let a client in. With <c>offline_access</c> each sign-in is a grant of its own (a wallet's is a
/// device, and one lost phone must not take the others along); else one serves the whole session.
/// </summary>
internal sealed class GrantAccess(ServerDbContext db, AuditTrail audit, TimeProvider clock)
{
    /// <summary>The grant's id; null when the session has ended, or the consent was withdrawn, a moment ago.</summary>
    public async Task<Guid?> HandleAsync(ClientSettings client, Caller caller, string sid, Permission permission, CancellationToken cancellationToken)
    {
        var scopes = permission.Granted;
        var subject = caller.AccountId.ToString()!;
        var scopesJson = JsonSerializer.Serialize(scopes);
        var lasting = scopes.Contains(Scopes.OfflineAccess);
        if (!lasting)
        {
            var open = permission.Open ?? await db.Set<OidcGrant>()
                .Where(grant => grant.Sid == sid && grant.Application!.ClientId == client.Id && grant.Subject == subject && grant.Type == AuthorizationTypes.AdHoc && grant.Status == Statuses.Valid)
                .Select(grant => new OpenGrant(grant.Id, grant.Scopes, grant.EndsAt, grant.Level)).ToListAsync(cancellationToken);
            if (open.FirstOrDefault(grant => grant.Scopes == scopesJson && grant.Level == caller.Level && grant.EndsAt == permission.EndsAt) is { } same)
            {
                return same.Id;
            }
        }

        // Holds the session's row until the grant is there: whoever ends the session then finds the grant, or was first.
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        if (await db.Set<Session>().Where(session => session.Sid == sid && session.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(session => session.LastSeenAt, now), cancellationToken) == 0)
        {
            return null;
        }

        // And the consent's, for whoever takes that back.
        if (permission.ConsentId is { } consentId && await db.Set<Consent>().Where(consent => consent.Id == consentId && consent.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(consent => consent.LastUsedAt, now), cancellationToken) == 0)
        {
            return null;
        }

        var made = new OidcGrant
        {
            Id = Guid.CreateVersion7(now),
            ApplicationId = await db.Set<OidcClient>().Where(row => row.ClientId == client.Id).Select(row => row.Id).SingleAsync(cancellationToken),
            CreationDate = now.UtcDateTime,
            Scopes = scopesJson,
            Status = Statuses.Valid,
            Subject = subject,
            Type = lasting ? AuthorizationTypes.Permanent : AuthorizationTypes.AdHoc,
            Sid = sid,
            PersonId = caller.PersonId,
            Level = caller.Level,
            EndsAt = permission.EndsAt,
        };
        db.Add(made);
        audit.Record(ConnectEvents.GrantGiven, AccountEvents.ActorOf(caller.AccountId!.Value), caller.AccountId, new { Client = client.Id, Grant = made.Id, Scopes = scopes, Lasting = lasting });
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return made.Id;
    }
}
