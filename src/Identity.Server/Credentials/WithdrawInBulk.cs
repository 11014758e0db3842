using System.Linq.Expressions;
using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Microsoft.EntityFrameworkCore;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>Which codes, as staff say it. All that is given must fit; a person, an account, a key or a beginning must be given.</summary>
internal sealed record BulkChoice(string? PersonNumber, string? UserName, string? KeyId, CredentialKind? Kind, DateTimeOffset? From, DateTimeOffset? Before);

/// <summary>The security officer's tool for the bad day: an account misused, a printer stolen, a key gone. Looks first, then starts a job that any node carries on.</summary>
internal sealed class WithdrawInBulk(ServerDbContext db, SubjectDirectory directory, AuditTrail audit, TimeProvider clock)
{
    private const int Latest = 20;

    /// <summary>How many codes that are not withdrawn yet it would take; or why it cannot be asked.</summary>
    public async Task<(int Count, Refusal? Refusal)> CountAsync(BulkChoice choice, CancellationToken cancellationToken) =>
        await ResolveAsync(choice, Guid.Empty, "", "", cancellationToken) switch
        {
            (null, var refusal) => (0, refusal),
            var (job, _) => (job.Total, null),
        };

    /// <summary>Null when it runs, or ran already under this id; else why not.</summary>
    public async Task<Refusal?> StartAsync(Guid id, BulkChoice choice, string reason, string actor, CancellationToken cancellationToken)
    {
        if (!Reasons.OfStaff.Contains(reason))
        {
            return Refusal.UnknownReason;
        }

        if (await db.Set<BulkWithdrawal>().AnyAsync(job => job.Id == id, cancellationToken))
        {
            return null;
        }

        var (made, refusal) = await ResolveAsync(choice, id, reason, actor, cancellationToken);
        if (made is null)
        {
            return refusal;
        }

        db.Add(made);
        audit.Record(CredentialEvents.BulkStarted, actor, made.PersonId, new
        {
            made.Id,
            reason,
            made.AccountId,
            Key = choice.KeyId,
            Kind = made.Kind is { } kind ? Names.Of(kind) : null,
            made.From,
            made.Before,
            made.Total,
        });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException)
        {
            // Sent twice at the same moment: it is there, or the save failed for a reason of its own.
            db.ChangeTracker.Clear();
            if (!await db.Set<BulkWithdrawal>().AnyAsync(job => job.Id == id, cancellationToken))
            {
                throw;
            }
        }

        return null;
    }

    /// <summary>Ends a job where it stands. What it has withdrawn stays withdrawn.</summary>
    public async Task StopAsync(Guid id, string actor, CancellationToken cancellationToken)
    {
        while (await db.Set<BulkWithdrawal>().SingleOrDefaultAsync(job => job.Id == id, cancellationToken) is { State: BulkState.Running } job)
        {
            job.State = BulkState.Stopped;
            job.Version++;
            audit.Record(CredentialEvents.BulkEnded, actor, job.PersonId, new { job.Id, job.Withdrawn, stopped = true });
            try
            {
                await db.SaveChangesAsync(cancellationToken);
                return;
            }
            catch (DbUpdateConcurrencyException)
            {
                // It moved on meanwhile.
                db.ChangeTracker.Clear();
            }
        }
    }

    public async Task<IReadOnlyList<BulkWithdrawal>> ListAsync(CancellationToken cancellationToken) =>
        await db.Set<BulkWithdrawal>().AsNoTracking().OrderByDescending(job => job.StartedAt).Take(Latest).ToListAsync(cancellationToken);

    public static IQueryable<Holding> HoldingsOf(ServerDbContext db, BulkWithdrawal job) => job.KeyId is not null
        ? db.Set<Holding>().Where(_ => false)
        : Narrow(db.Set<Holding>(), job, h => h.PersonId == job.PersonId || h.SubjectId == job.PersonId, h => h.AccountId == job.AccountId, h => h.Kind == job.Kind, h => h.EnrolledAt >= job.From)
            .Where(h => h.EnrolledAt < job.Before && h.State != CredentialState.Withdrawn);

    public static IQueryable<PrintedCredential> PrintedOf(ServerDbContext db, BulkWithdrawal job)
    {
        var printed = Narrow(db.Set<PrintedCredential>(), job, p => p.PersonId == job.PersonId || p.SubjectId == job.PersonId, p => p.AccountId == job.AccountId, p => p.Kind == job.Kind, p => p.IssuedAt >= job.From)
            .Where(p => p.IssuedAt < job.Before && p.State != CredentialState.Withdrawn);
        return job.KeyId is null ? printed : printed.Where(p => p.KeyId == job.KeyId);
    }

    private static IQueryable<T> Narrow<T>(
        IQueryable<T> all, BulkWithdrawal job, Expression<Func<T, bool>> person, Expression<Func<T, bool>> account, Expression<Func<T, bool>> kind, Expression<Func<T, bool>> from)
    {
        all = job.PersonId is null ? all : all.Where(person);
        all = job.AccountId is null ? all : all.Where(account);
        all = job.Kind is null ? all : all.Where(kind);
        return job.From is null ? all : all.Where(from);
    }

    private async Task<(BulkWithdrawal? Job, Refusal? Refusal)> ResolveAsync(BulkChoice choice, Guid id, string reason, string actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (choice is { PersonNumber: null, UserName: null, KeyId: null, From: null })
        {
            return (null, Refusal.BadRequest("bulk_unbounded", "Name a person, an account, a key or a beginning."));
        }

        Guid? personId = null;
        if (choice.PersonNumber is { } number)
        {
            if (!DocumentNumber.TryParse(DocumentType.ResidentId, number, DateOnly.FromDateTime(now.UtcDateTime), out var document))
            {
                return (null, Refusal.BadRequest("bulk_person", "This is no ID number."));
            }

            personId = await directory.FindPersonAsync(document, cancellationToken);
            if (personId is null)
            {
                return (null, Refusal.BadRequest("bulk_person", "Nobody with this ID number is known here."));
            }
        }

        Guid? accountId = null;
        if (choice.UserName is { } name)
        {
            var lookup = UserNames.Lookup(name);
            accountId = await db.Set<Account>().Where(account => account.LookupName == lookup).Select(account => (Guid?)account.Id).SingleOrDefaultAsync(cancellationToken);
            if (accountId is null)
            {
                return (null, Refusal.BadRequest("bulk_account", "There is no such account."));
            }
        }

        byte[]? keyId = null;
        if (choice.KeyId is { } key)
        {
            if (!OneCode.KeyId.TryParse(key, out var parsed))
            {
                return (null, Refusal.BadRequest("bulk_key", "A key's identifier has 16 hexadecimal digits."));
            }

            keyId = parsed.ToBytes();
        }

        var job = new BulkWithdrawal
        {
            Id = id,
            Actor = actor,
            Reason = reason,
            PersonId = personId,
            AccountId = accountId,
            KeyId = keyId,
            Kind = choice.Kind,
            From = choice.From,
            Before = choice.Before is { } before && before < now ? before : now,
            State = BulkState.Running,
            StartedAt = now,
            MovedAt = now,
        };
        job.Total = await HoldingsOf(db, job).CountAsync(cancellationToken) + await PrintedOf(db, job).CountAsync(cancellationToken);
        return (job, null);
    }
}
