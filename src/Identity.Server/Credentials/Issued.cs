using OneCode;

namespace Identity.Server.Credentials;

/// <summary>What <c>POST /api/credentials</c> answers.</summary>
internal sealed record IssuedCredentials(IReadOnlyList<IssuedCredential> Credentials);

/// <summary>
/// One code. <c>Id</c> is the holding's (phone) or the printed credential's (paper): what is withdrawn. <c>Text</c> is always the
/// <c>OC1:</c> one, and this answer is the only place where it is ever found.
/// </summary>
internal sealed record IssuedCredential(
    Guid Id, string Text, string Kind, string Form, DateTimeOffset IssuedAt, DateTimeOffset ValidFrom, DateTimeOffset ExpiresAt)
{
    public static IssuedCredential Of(Guid id, SignedCredential signed) => new(
        id, signed.CodeText, Names.Of(signed.Claims.Kind), Names.Of(signed.Claims.Form), signed.Claims.IssuedAt, signed.Claims.ValidFrom, signed.Claims.ExpiresAt);
}

/// <summary>The words of the API.</summary>
internal static class Names
{
    public static string Of(CredentialKind kind) => kind switch
    {
        CredentialKind.Person => "person",
        CredentialKind.Enterprise => "enterprise",
        CredentialKind.Vehicle => "vehicle",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    public static string Of(CredentialForm form) => form switch
    {
        CredentialForm.Paper => "paper",
        CredentialForm.Phone => "phone",
        _ => throw new ArgumentOutOfRangeException(nameof(form)),
    };

    public static string Of(CredentialState state) => state switch
    {
        CredentialState.Prepared => "prepared",
        CredentialState.InForce => "in_force",
        CredentialState.Suspended => "suspended",
        CredentialState.Withdrawn => "revoked",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };

    public static CredentialKind? KindOf(string? name) => name switch
    {
        "person" => CredentialKind.Person,
        "enterprise" => CredentialKind.Enterprise,
        "vehicle" => CredentialKind.Vehicle,
        _ => null,
    };
}
