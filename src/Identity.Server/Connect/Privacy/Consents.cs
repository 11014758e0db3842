using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Clients;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Connect.Privacy;

/// <summary>What was allowed, or follows from a duty in law: the scopes, under which row, until when.</summary>
/// <param name="ConsentId">The row; none for staff.</param>
/// <param name="Granted">Of what was asked, in its order.</param>
/// <param name="EndsAt">None with a duty in law.</param>
/// <param name="Open">Grants of the session that stand already; null where nobody has looked.</param>
internal sealed record Permission(Guid? ConsentId, IReadOnlyList<string> Granted, DateTimeOffset? EndsAt, IReadOnlyList<OpenGrant>? Open);

/// <summary>A grant for the length of the session.</summary>
internal sealed record OpenGrant(Guid Id, string? Scopes, DateTimeOffset? EndsAt, int Level);

/// <summary>The grounds on which applications get something about a person: found, given, and told apart from answers that count no more.</summary>
internal sealed class Consents(ServerDbContext db, StandingConsent standing, AuditTrail audit, FreshSignIn marks, TimeProvider clock)
{
    private static readonly TimeSpan UsedIsKeptTo = TimeSpan.FromMinutes(1);

    /// <summary>
    /// What the person's answer allows of what is asked; null when there is none that counts: never given, over, about less, about other
    /// purposes, or older than <paramref name="since"/> where the request wants a new one.
    /// </summary>
    public async Task<Permission?> FindAsync(ClientSettings client, Guid accountId, string sid, AskedScopes asked, bool asksAnew, string? since, CancellationToken cancellationToken)
    {
        // The console is ours and its people are on duty: nothing about a citizen is told.
        if (client.Staff)
        {
            return new Permission(null, asked.All, null, null);
        }

        var found = await standing.FindAsync(db, accountId, client.Id, sid, cancellationToken);
        var open = found.Where(line => line.GrantId is not null).Select(line => new OpenGrant(line.GrantId!.Value, line.Scopes, line.EndsAt, line.Level!.Value)).ToArray();
        var row = found.Count > 0 ? found[0].Row : null;
        var now = clock.GetUtcNow();
        var told = Told.Of(client, asked.All);
        var known = row is null ? null : Told.Read(row.Told);
        if (!client.AsksConsent)
        {
            var stands = row is not null && row.LegalGround == client.LegalGround && known!.Covers(told) && asked.All.All(Split(row.Granted).Contains);
            if (!stands)
            {
                row = await NoteDutyAsync(client, accountId, asked, row, cancellationToken);
            }

            await NoteUseAsync(row!, now, cancellationToken);
            return new Permission(row!.Id, asked.All, null, found.Count > 0 ? open : null);
        }

        if (row is not { LegalGround: null, EndsAt: { } ends })
        {
            return null;
        }

        // A registration that has become stricter since counts at once.
        var latest = row.GivenAt.AddDays(client.ConsentDays);
        var granted = Split(row.Granted);
        var declined = Split(row.Declined);
        if ((ends < latest ? ends : latest) <= now || !known!.Covers(told)
            || !asked.All.All(scope => granted.Contains(scope) || (declined.Contains(scope) && !asked.Required.Contains(scope)))
            || (asksAnew && !marks.IsMet(since, row.GivenAt)))
        {
            return null;
        }

        await NoteUseAsync(row, now, cancellationToken);
        return new Permission(row.Id, [.. asked.All.Where(granted.Contains)], ends < latest ? ends : latest, open);
    }

    /// <summary>The answer in force; null when there is none.</summary>
    public Task<Consent?> CurrentAsync(Guid accountId, string clientId, CancellationToken cancellationToken) =>
        db.Set<Consent>().AsNoTracking().Where(consent => consent.AccountId == accountId && consent.ClientId == clientId && consent.EndedAt == null).SingleOrDefaultAsync(cancellationToken);

    /// <summary>
    /// Which scopes the answer in force allows, for what was given before it; nothing where there is none that counts. Null where nobody is
    /// asked, so nobody can have answered with less.
    /// </summary>
    public async Task<IReadOnlyList<string>?> AllowedNowAsync(ClientSettings client, Guid accountId, CancellationToken cancellationToken) =>
        !client.AsksConsent ? null
        : await CurrentAsync(accountId, client.Id, cancellationToken) is { LegalGround: null, EndsAt: { } ends } row && ends > clock.GetUtcNow() && row.GivenAt.AddDays(client.ConsentDays) > clock.GetUtcNow() ? Split(row.Granted)
        : [];

    /// <summary>Takes the place of an older answer. <paramref name="told"/> is what the person has read.</summary>
    public async Task GiveAsync(ClientSettings client, Guid accountId, Told told, IReadOnlyCollection<string> granted, IReadOnlyCollection<string> declined, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var made = new Consent
        {
            Id = Guid.CreateVersion7(now),
            AccountId = accountId,
            ClientId = client.Id,
            Granted = string.Join(' ', granted),
            Declined = string.Join(' ', declined),
            Told = told.Write(),
            GivenAt = now,
            EndsAt = now.AddDays(client.ConsentDays),
            LastUsedAt = now,
        };
        await ReplaceAsync(made, cancellationToken);
    }

    public async Task RefuseAsync(string clientId, Guid accountId, CancellationToken cancellationToken)
    {
        audit.Record(ConnectEvents.ConsentRefused, AccountEvents.ActorOf(accountId), accountId, new { Client = clientId });
        await db.SaveChangesAsync(cancellationToken);
    }

    public static IReadOnlyList<string> Split(string scopes) => scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Nobody is asked, and everybody can see: the duty is a row as a consent is.</summary>
    private async Task<Consent> NoteDutyAsync(ClientSettings client, Guid accountId, AskedScopes asked, Consent? before, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var all = before is { LegalGround: not null } ? Split(before.Granted).Union(asked.All).Where(scope => scope == Scopes.OpenId || client.Scopes.Contains(scope)).ToArray() : asked.All;
        var made = new Consent
        {
            Id = Guid.CreateVersion7(now),
            AccountId = accountId,
            ClientId = client.Id,
            Granted = string.Join(' ', all),
            Declined = "",
            Told = Told.Of(client, all).Write(),
            LegalGround = client.LegalGround,
            GivenAt = now,
            LastUsedAt = now,
        };
        return await ReplaceAsync(made, cancellationToken);
    }

    /// <summary>One row is in force. Of two answers at the same moment the first counts: both are the same person's.</summary>
    private async Task<Consent> ReplaceAsync(Consent made, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.Set<Consent>().Where(consent => consent.AccountId == made.AccountId && consent.ClientId == made.ClientId && consent.EndedAt == null)
            .ExecuteUpdateAsync(set => set.SetProperty(consent => consent.EndedAt, made.GivenAt), cancellationToken);
        db.Add(made);
        audit.Record(
            made.LegalGround is null ? ConnectEvents.ConsentGiven : ConnectEvents.DutyNoted,
            made.LegalGround is null ? AccountEvents.ActorOf(made.AccountId) : ConnectEvents.ActorOf(made.ClientId),
            made.AccountId,
            new { Client = made.ClientId, made.Granted, made.Declined, made.EndsAt });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return made;
        }
        catch (DbUpdateException)
        {
            await transaction.RollbackAsync(CancellationToken.None);
            db.ChangeTracker.Clear();
            return await CurrentAsync(made.AccountId, made.ClientId, cancellationToken) ?? throw new InvalidOperationException("Another answer was first and has ended already.");
        }
    }

    private async Task NoteUseAsync(Consent row, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (now - row.LastUsedAt > UsedIsKeptTo)
        {
            await db.Set<Consent>().Where(consent => consent.Id == row.Id).ExecuteUpdateAsync(set => set.SetProperty(consent => consent.LastUsedAt, now), cancellationToken);
        }
    }
}
