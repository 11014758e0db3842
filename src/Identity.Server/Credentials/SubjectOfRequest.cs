using Identity.Server.Subjects;
using Identity.Server.Web;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>Finds the subject that a request means, among those that the caller may hold codes for.</summary>
internal sealed class SubjectOfRequest(MayHold mayHold, ClientSubjects subjects)
{
    /// <summary>
    /// What we know comes first, so that renewing does not wait for a register; the registers are asked when it is not there.
    /// </summary>
    public async Task<(Subject? Subject, Refusal? Refusal)> FindAsync(Caller caller, Guid personId, CredentialKind kind, string? subject, CancellationToken cancellationToken)
    {
        if (kind == CredentialKind.Person)
        {
            var self = new Subject(CredentialKind.Person, personId, "");
            return subject is null || subject == subjects.IdOf(caller.ClientId, self) ? (self, null) : (null, Refusal.MayNotHold);
        }

        var found = Pick(await mayHold.KnownAsync(personId, cancellationToken), caller, kind, subject);
        return found is (null, { Code: "may_not_hold" })
            ? Pick(await mayHold.AskAsync(personId, cancellationToken), caller, kind, subject)
            : found;
    }

    private (Subject? Subject, Refusal? Refusal) Pick(IReadOnlyList<Subject> all, Caller caller, CredentialKind kind, string? subject)
    {
        var candidates = all.Where(s => s.Kind == kind && (subject is null || subjects.IdOf(caller.ClientId, s) == subject)).ToArray();
        return candidates switch
        {
            [var only] => (only, null),
            [] => (null, Refusal.MayNotHold),
            _ => (null, Refusal.BadRequest("subject_required", "There are several; name one of GET /api/subjects.")),
        };
    }
}
