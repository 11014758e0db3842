using Identity.Server.Status;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Microsoft.EntityFrameworkCore;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>The way back from a status index: by computing for a phone's, by its row for a printed one's.</summary>
internal sealed class SubjectOfStatus(ServerDbContext db, StatusIndices indices) : ISubjectOfStatus
{
    public async Task<Guid?> FindAsync(StatusReference reference, CredentialForm form, CancellationToken cancellationToken)
    {
        if (form == CredentialForm.Paper)
        {
            return await db.Set<PrintedCredential>().Where(p => p.StatusList == reference.List && p.StatusIndex == reference.Index)
                .Select(p => (Guid?)p.SubjectId).SingleOrDefaultAsync(cancellationToken);
        }

        return indices.TryFindHolding(reference, out var kind, out var number)
            ? await db.Set<Holding>().Where(h => h.Kind == kind && h.Number == number).Select(h => (Guid?)h.SubjectId).SingleOrDefaultAsync(cancellationToken)
            : null;
    }
}
