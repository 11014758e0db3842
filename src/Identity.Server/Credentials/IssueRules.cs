using OneCode;

namespace Identity.Server.Credentials;

/// <summary>
/// What a code asks of the person who wants it, and how much assurance it then carries. The level is the lower of what is known
/// about the person and what this sign-in was worth; paper can be handed on, so it never carries more than 2.
/// </summary>
internal static class IssueRules
{
    private static readonly Dictionary<(CredentialKind, CredentialForm), (int Needs, int CarriesAtMost)> Rules = new()
    {
        [(CredentialKind.Person, CredentialForm.Phone)] = (2, 4),
        [(CredentialKind.Person, CredentialForm.Paper)] = (2, 2),
        [(CredentialKind.Enterprise, CredentialForm.Phone)] = (2, 0),
        [(CredentialKind.Enterprise, CredentialForm.Paper)] = (2, 0),
        [(CredentialKind.Vehicle, CredentialForm.Phone)] = (2, 0),
        [(CredentialKind.Vehicle, CredentialForm.Paper)] = (2, 0),
    };

    public static int Needs(CredentialKind kind, CredentialForm form) => Rules[(kind, form)].Needs;

    public static bool IsEnough(CredentialKind kind, CredentialForm form, int level) => level >= Rules[(kind, form)].Needs;

    /// <summary>The level in the credential; null where the kind carries none.</summary>
    public static int? LevelIn(CredentialKind kind, CredentialForm form, int level) =>
        Rules[(kind, form)].CarriesAtMost is > 0 and var most ? Math.Min(level, most) : null;
}
