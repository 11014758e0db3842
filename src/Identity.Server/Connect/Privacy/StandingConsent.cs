using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Privacy;

/// <summary>
/// "May this application have that?", asked at each sign-in, so compiled once. With the session's open grants in the same command: a sign-in
/// to an application that is open already asks the database once.
/// </summary>
internal sealed class StandingConsent
{
    // Of this instance: a compiled query keeps the model of the first context that it meets.
    private readonly Func<ServerDbContext, Guid, string, string, string, IAsyncEnumerable<Line>> _of = EF.CompileAsyncQuery((ServerDbContext db, Guid accountId, string subject, string clientId, string sid) =>
        from consent in db.Set<Consent>().AsNoTracking()
        where consent.AccountId == accountId && consent.ClientId == clientId && consent.EndedAt == null
        join grant in db.Set<OidcGrant>().Where(grant => grant.Sid == sid && grant.Subject == subject && grant.Type == AuthorizationTypes.AdHoc && grant.Status == Statuses.Valid)
            on consent.ClientId equals grant.Application!.ClientId into grants
        from grant in grants.DefaultIfEmpty()
        select new Line(consent, (Guid?)grant.Id, grant.Scopes, grant.EndsAt, (int?)grant.Level));

    public async Task<IReadOnlyList<Line>> FindAsync(ServerDbContext db, Guid accountId, string clientId, string sid, CancellationToken cancellationToken)
    {
        var lines = new List<Line>();
        await foreach (var line in _of(db, accountId, accountId.ToString(), clientId, sid).WithCancellation(cancellationToken))
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>The answer in force, and one of the session's grants under it where there is one.</summary>
    public sealed record Line(Consent Row, Guid? GrantId, string? Scopes, DateTimeOffset? EndsAt, int? Level);
}
