using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Subjects;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>
/// The <c>id</c> of a subject as one client sees it: a keyed digest of client and subject, so that two clients cannot put together
/// what they know. Never turned back; the caller's own subjects are turned forward and compared.
/// </summary>
internal sealed class ClientSubjects(byte[] key)
{
    public string IdOf(string? clientId, Subject subject)
    {
        // The separator stands in neither part, so no two pairs read alike.
        var digest = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{clientId}\n{subject.Kind}\n{subject.Id}"));
        return Base64Url.EncodeToString(digest.AsSpan(0, 16));
    }

    /// <summary>What people see of it in a list: a person's own name is masked there, shoulders being what they are.</summary>
    public static string NameOf(Subject subject) => subject.Kind == CredentialKind.Person ? Masked.Name(subject.Name) : subject.Name;
}
