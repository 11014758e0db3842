using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Connect.Privacy;

/// <summary>One time that something about the person went out.</summary>
internal sealed record Disclosure(DateTimeOffset At, string ClientId, IReadOnlyList<string> Claims);

/// <summary>What is held about one person here, for that person (个人信息保护法 第四十四条, 第四十五条).</summary>
internal sealed class OwnData(ServerDbContext db, SubjectDirectory persons, AuditTrail audit)
{
    private const int MostDisclosures = 200;
    private const int MostConsents = 500;

    public async Task<IReadOnlyList<Consent>> ConsentsAsync(Guid accountId, CancellationToken cancellationToken) =>
        await db.Set<Consent>().AsNoTracking().Where(consent => consent.AccountId == accountId).OrderByDescending(consent => consent.GivenAt).Take(MostConsents).ToListAsync(cancellationToken);

    /// <summary>The latest, from the audit trail: no second record that could say otherwise.</summary>
    public async Task<IReadOnlyList<Disclosure>> DisclosuresAsync(Guid personId, int most, CancellationToken cancellationToken)
    {
        var entries = await db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.SubjectId == personId && entry.What == ConnectEvents.PersonRead.Name)
            .OrderByDescending(entry => entry.At).Take(most).ToListAsync(cancellationToken);
        var disclosures = new List<Disclosure>();
        foreach (var entry in entries)
        {
            var details = await audit.ReadAsync(entry, cancellationToken);
            var claims = details is { } read && read.TryGetProperty("claims", out var names) ? names.EnumerateArray().Select(name => name.GetString()!).ToArray() : [];
            disclosures.Add(new Disclosure(entry.At, entry.Actor["client:".Length..], claims));
        }

        return disclosures;
    }

    /// <summary>All of it, for a file. The whole number of the document is left out: the person has it, and a lost file must not tell it.</summary>
    public async Task<object> ExportAsync(Guid accountId, CancellationToken cancellationToken)
    {
        audit.Record(ConnectEvents.OwnDataExported, AccountEvents.ActorOf(accountId), accountId);
        await db.SaveChangesAsync(cancellationToken);
        var account = await db.Set<Account>().AsNoTracking().SingleAsync(row => row.Id == accountId, cancellationToken);
        var person = account.PersonId is { } personId ? await persons.PersonAsync(personId, cancellationToken) : null;
        var sessions = await db.Set<Session>().AsNoTracking().Where(session => session.AccountId == accountId).OrderByDescending(session => session.CreatedAt).Take(MostConsents)
            .Select(session => new { session.CreatedAt, session.LastSeenAt, session.EndedAt, session.DeviceLabel, session.Amr, session.Level }).ToListAsync(cancellationToken);
        return new
        {
            account = new { account.UserName, account.CreatedAt },
            person = person is null ? null : new { person.Name, documentType = person.Number.Type.ToString(), documentLastFour = person.LastFour, person.BirthDate, person.Level },
            sessions,
            applications = (await ConsentsAsync(accountId, cancellationToken)).Select(consent => new
            {
                consent.ClientId,
                granted = Consents.Split(consent.Granted),
                declined = Consents.Split(consent.Declined),
                told = Told.Read(consent.Told),
                consent.LegalGround,
                consent.GivenAt,
                consent.EndsAt,
                consent.LastUsedAt,
                consent.LastToldAt,
                consent.EndedAt,
            }),
            disclosures = person is null ? [] : await DisclosuresAsync(person.Id, MostDisclosures, cancellationToken),
        };
    }
}
