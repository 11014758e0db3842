namespace Identity.Server.Accounts;

/// <summary>One application that a person has let in; a wallet's is a device that may carry codes, and its id is <c>Caller.DeviceId</c>.</summary>
internal sealed record Grant(string Id, string ClientId, string ClientName, bool IsWallet, DateTimeOffset? CreatedAt);

/// <summary>The grants of an account. The OIDC engine keeps them, so the room that knows the engine implements this.</summary>
internal interface IGrantDirectory
{
    Task<IReadOnlyList<Grant>> ListAsync(Guid accountId, CancellationToken cancellationToken);

    /// <summary>Ends one grant of this account and its tokens; false when the account has no such grant. Call <see cref="EndGrant"/> rather than this.</summary>
    Task<bool> EndAsync(Guid accountId, string grantId, CancellationToken cancellationToken);
}
