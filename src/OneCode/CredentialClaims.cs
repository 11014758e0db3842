namespace OneCode;

/// <summary>The claims of a credential (SPEC 3.1). Times are whole seconds on the wire; fractions are dropped.</summary>
public sealed record CredentialClaims
{
    /// <summary><c>iss</c>: the region or authority, one to four of <c>0-9A-Z</c>, for instance <c>34</c>.</summary>
    public required string Issuer { get; init; }

    /// <summary>Paper or phone.</summary>
    public required CredentialForm Form { get; init; }

    /// <summary>Whom or what it is about.</summary>
    public required SubjectClaims Subject { get; init; }

    /// <summary><c>iat</c>.</summary>
    public required DateTimeOffset IssuedAt { get; init; }

    /// <summary><c>nbf</c>: not before <see cref="IssuedAt"/>. Codes fetched ahead begin where the one before ends.</summary>
    public required DateTimeOffset ValidFrom { get; init; }

    /// <summary><c>exp</c>: not valid from this second on.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Where its status lives.</summary>
    public required StatusReference Status { get; init; }

    /// <summary>Assurance level 1 to 4: of a person, always; of anything else, never.</summary>
    public int? Level { get; init; }

    /// <summary><c>cnf</c>: the phone's key. Phone form always, paper never.</summary>
    public DeviceKey? Holder { get; init; }

    /// <summary>The subject's kind.</summary>
    public CredentialKind Kind => Subject.Kind;
}
