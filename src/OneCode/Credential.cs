namespace OneCode;

/// <summary>A credential whose signature, scope and holder were checked. Only <see cref="CredentialVerifier"/> makes one.</summary>
public sealed record Credential
{
    internal Credential(CredentialClaims claims, TrustedKey signedBy, DateTimeOffset? presentedAt, int? level)
    {
        Claims = claims;
        SignedBy = signedBy;
        PresentedAt = presentedAt;
        StatusQuery = signedBy.StatusUri(claims.Status.List) is { } uri ? new StatusQuery(claims.Issuer, uri, claims.Status) : null;
        Level = level;
    }

    /// <summary>The issuer's own words.</summary>
    public CredentialClaims Claims { get; }

    /// <summary>The key of the trust list that vouches for them.</summary>
    public TrustedKey SignedBy { get; }

    /// <summary>When the phone signed; null for paper. Whether that is fresh enough is judged with the time.</summary>
    public DateTimeOffset? PresentedAt { get; }

    /// <summary>
    /// What a person's level counts for where the trust list is believed: that of the claims, unless the list says otherwise of the issuer's region;
    /// 0 for no assurance at all. Null of anything else than a person. Decide by this, not by the claims.
    /// </summary>
    public int? Level { get; }

    /// <summary>The question to a status source; null when the key names no status list at all.</summary>
    public StatusQuery? StatusQuery { get; }
}
