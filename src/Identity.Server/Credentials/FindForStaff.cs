using Identity.Server.Audit;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Microsoft.EntityFrameworkCore;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>What staff see of a code: enough to withdraw the right one. <paramref name="Name"/> is masked where it is a person's.</summary>
internal sealed record FoundCredential(
    Guid Id, CredentialKind Kind, CredentialForm Form, CredentialState State, string Name, string? Reason, DateTimeOffset IssuedAt, DateTimeOffset? ExpiresAt);

/// <summary>
/// An operator's search by exact number: ID number, USCC, or VIN or plate. Never by name, never by part of a number. Every search
/// is on record, also one that finds nobody.
/// </summary>
internal sealed class FindForStaff(ServerDbContext db, SubjectDirectory directory, AuditTrail audit, TimeProvider clock)
{
    private const int Most = 200;

    /// <param name="kind">What the number is a number of; 18 digits alone could be two things.</param>
    /// <param name="number">As typed.</param>
    /// <param name="actor"><c>account:GUID</c> of the operator.</param>
    /// <param name="cancellationToken">Ends waiting for the database.</param>
    /// <returns>Null when the text is no such number; else what there is, withdrawn ones and orphans included.</returns>
    public async Task<IReadOnlyList<FoundCredential>?> HandleAsync(CredentialKind kind, string number, string actor, CancellationToken cancellationToken)
    {
        if (await SubjectsOfAsync(kind, number, cancellationToken) is not { } subjectIds)
        {
            return null;
        }

        audit.Record(CredentialEvents.FoundByStaff, actor, subjectIds is [var only] ? only : null, new { kind = Names.Of(kind), found = subjectIds.Count });
        await db.SaveChangesAsync(cancellationToken);

        var found = new List<FoundCredential>();
        foreach (var id in subjectIds)
        {
            var name = await directory.NameAsync(kind, id, cancellationToken) ?? "";
            var holdings = await db.Set<Holding>().AsNoTracking().Where(h => h.SubjectId == id && h.Kind == kind)
                .OrderByDescending(h => h.EnrolledAt).Take(Most).ToListAsync(cancellationToken);
            var printed = await db.Set<PrintedCredential>().AsNoTracking().Where(p => p.SubjectId == id && p.Kind == kind)
                .OrderByDescending(p => p.IssuedAt).Take(Most).ToListAsync(cancellationToken);
            found.AddRange(holdings.Select(h => new FoundCredential(h.Id, h.Kind, h.Form, h.State, name, h.Reason, h.EnrolledAt, null)));
            found.AddRange(printed.Select(p => new FoundCredential(p.Id, p.Kind, p.Form, p.State, name, p.Reason, p.IssuedAt, p.ExpiresAt)));
        }

        return found;
    }

    private async Task<List<Guid>?> SubjectsOfAsync(CredentialKind kind, string number, CancellationToken cancellationToken)
    {
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);
        switch (kind)
        {
            case CredentialKind.Person:
                return DocumentNumber.TryParse(DocumentType.ResidentId, number, today, out var document)
                    ? await directory.FindPersonAsync(document, cancellationToken) is { } person ? [person] : []
                    : null;
            case CredentialKind.Enterprise:
                return Uscc.TryParse(number, out var uscc)
                    ? await directory.FindEnterpriseAsync(uscc, cancellationToken) is { } enterprise ? [enterprise.Id] : []
                    : null;
            default:
                return await directory.FindVehiclesAsync(number, cancellationToken);
        }
    }
}
