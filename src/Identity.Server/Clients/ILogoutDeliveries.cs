namespace Identity.Server.Clients;

/// <summary>One sign-out that a client is told of, or was. Names neither the person nor the session.</summary>
internal sealed record LogoutNotice(DateTimeOffset CreatedAt, int Tries, DateTimeOffset? DeliveredAt, DateTimeOffset? GivenUpAt, DateTimeOffset NextTryAt, string? LastAnswer);

/// <summary>How a client has taken its logout tokens lately.</summary>
internal sealed record LogoutSummary(string ClientId, string Address, int Delivered, int Waiting, int GivenUp, string? LastFault);

/// <summary>Whether clients hear of sign-outs. The room that knows the OpenID Connect engine sends them and implements this.</summary>
internal interface ILogoutDeliveries
{
    /// <summary>The latest of one client, newest first.</summary>
    Task<IReadOnlyList<LogoutNotice>> ListAsync(string clientId, int most, CancellationToken cancellationToken);

    /// <summary>All clients that want to hear, over the last week.</summary>
    Task<IReadOnlyList<LogoutSummary>> SummariesAsync(CancellationToken cancellationToken);
}
