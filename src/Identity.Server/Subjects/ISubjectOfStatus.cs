using OneCode;

namespace Identity.Server.Subjects;

/// <summary>
/// Whose code a status reference belongs to. The room that issues knows it and implements this; the room that verifies asks, for
/// scenes that may know more than the code says.
/// </summary>
internal interface ISubjectOfStatus
{
    Task<Guid?> FindAsync(StatusReference reference, CredentialForm form, CancellationToken cancellationToken);
}
