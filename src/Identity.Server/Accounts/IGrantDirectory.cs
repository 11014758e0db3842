namespace Identity.Server.Accounts;

/// <summary>
/// One application that a person has let in; a wallet's is a device that may carry codes, and its id is <c>Caller.DeviceId</c>. One that
/// does not outlive its session ends with it; another (<c>offline_access</c>) stays until somebody ends it.
/// </summary>
internal sealed record Grant(string Id, string ClientId, string ClientName, bool IsWallet, DateTimeOffset? CreatedAt, string? Sid, bool OutlivesSession);

/// <summary>The grants of an account. The OIDC engine keeps them, so the room that knows the engine implements this.</summary>
internal interface IGrantDirectory
{
    Task<IReadOnlyList<Grant>> ListAsync(Guid accountId, CancellationToken cancellationToken);

    /// <summary>
    /// Inside the caller's transaction: true when the grant stands, and then it cannot end before that transaction does; false when it
    /// has ended or is not this account's. Whoever ends it at the same moment waits, and then finds what the caller has written.
    /// </summary>
    Task<bool> HoldAsync(Guid accountId, string grantId, CancellationToken cancellationToken);

    /// <summary>
    /// Ends a grant of this account with its tokens, and with it what the same application got in the same session; the application hears
    /// of it. The ids of what ended: none when the account has no such grant. Call <see cref="EndGrant"/> rather than this.
    /// </summary>
    Task<IReadOnlyList<string>> EndAsync(Guid accountId, string grantId, CancellationToken cancellationToken);

    /// <summary>The transaction has committed. Only a hint.</summary>
    void Committed();
}
