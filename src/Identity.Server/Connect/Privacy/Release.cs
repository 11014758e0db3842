using System.Security.Claims;
using Identity.Server.Audit;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Web;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Identity.Server.Connect.Privacy;

/// <summary>The one place where something about a person goes out to an application: it is on record before it is told.</summary>
internal sealed class Release(ServerDbContext db, SubjectDirectory persons, AuditTrail audit, TimeProvider clock)
{
    /// <summary>For userinfo: what the scopes of the token allow.</summary>
    public async Task<IReadOnlyList<(string Claim, object Value)>> ToClientAsync(string clientId, OidcGrant grant, IReadOnlyCollection<string> scopes, CancellationToken cancellationToken)
    {
        if (grant.PersonId is not { } personId || !Guid.TryParse(grant.Subject, out var accountId))
        {
            return [];
        }

        return await TellAsync(clientId, accountId, personId, scopes, only: null, cancellationToken);
    }

    /// <summary>
    /// Claims that the request wants in the identity token (OpenID Connect Core 5.5), where the person allowed them. They stand in the code and
    /// the refresh token, which only we can read, so a renewed identity token says the same.
    /// </summary>
    public async Task IntoIdentityTokenAsync(ClaimsPrincipal principal, string clientId, Caller caller, AskedScopes asked, Permission permission, CancellationToken cancellationToken)
    {
        if (asked.InIdentityToken.Count == 0 || caller is not { PersonId: { } personId, AccountId: { } accountId })
        {
            return;
        }

        var identity = (ClaimsIdentity)principal.Identity!;
        foreach (var (claim, value) in await TellAsync(clientId, accountId, personId, permission.Granted, asked.InIdentityToken, cancellationToken))
        {
            var made = value is bool yes ? new Claim(claim, yes ? "true" : "false", ClaimValueTypes.Boolean) : new Claim(claim, (string)value);
            identity.AddClaim(made.SetDestinations(OpenIddictConstants.Destinations.IdentityToken));
        }
    }

    private async Task<IReadOnlyList<(string Claim, object Value)>> TellAsync(
        string clientId, Guid accountId, Guid personId, IReadOnlyCollection<string> scopes, IReadOnlyList<string>? only, CancellationToken cancellationToken)
    {
        if (!scopes.Any(scope => scope is Scopes.Profile or Scopes.Birthdate or Scopes.Age) || await persons.PersonAsync(personId, cancellationToken) is not { } person)
        {
            return [];
        }

        // The token says what was allowed when it was made; the answer in force may allow less.
        if (await db.Set<Consent>().SingleOrDefaultAsync(consent => consent.AccountId == accountId && consent.ClientId == clientId && consent.EndedAt == null, cancellationToken) is not { } ground)
        {
            return [];
        }

        var now = clock.GetUtcNow();
        string[] allowed = [.. Consents.Split(ground.Granted).Intersect(scopes)];
        var told = Disclosures.Of(person, allowed, now).Where(line => only?.Contains(line.Claim) != false).ToList();
        if (told.Count > 0)
        {
            audit.Record(ConnectEvents.PersonRead, ConnectEvents.ActorOf(clientId), personId, new { Claims = told.Select(line => line.Claim).ToArray() });
            ground.LastToldAt = now;
            await db.SaveChangesAsync(cancellationToken);
        }

        return told;
    }
}
