using OneCode;

namespace Identity.Server.Credentials;

/// <summary>What a phone's holding and a printed credential have in common: somebody's, of some kind, in a state.</summary>
internal interface ICarried
{
    Guid Id { get; }

    Guid PersonId { get; }

    CredentialKind Kind { get; }

    CredentialForm Form { get; }

    Guid SubjectId { get; }

    CredentialState State { get; set; }

    bool HeldByStaff { get; set; }

    string? Reason { get; set; }

    DateTimeOffset ChangedAt { get; set; }
}
