namespace Identity.Server.Clients;

/// <summary>What is known of a registered client beside its settings.</summary>
/// <param name="OwnerId">The account of whoever registered it; absent where a program did (RFC 7591).</param>
/// <param name="OnlyFor">
/// Until somebody else has looked at it, a client is for its owner and the testers who agreed. Null: for everybody.
/// </param>
/// <param name="IsReviewed">Somebody else has looked at it: what it says of itself counts.</param>
internal sealed record Registration(Guid? OwnerId, IReadOnlySet<Guid>? OnlyFor, bool IsReviewed)
{
    public bool IsFor(Guid accountId) => OnlyFor is null || OnlyFor.Contains(accountId);
}
