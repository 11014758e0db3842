namespace Identity.Server.Clients;

/// <summary>Tells the OIDC engine about registered clients, in the caller's transaction. The room Connect is the engine.</summary>
internal interface IClientEngine
{
    /// <summary>Makes the engine's client like <paramref name="client"/>. A new one gets <paramref name="secret"/>; one that is there keeps its own.</summary>
    Task SaveAsync(ClientSettings client, string? secret, CancellationToken cancellationToken);

    /// <summary>Takes a new secret. The one before is good until <paramref name="formerEndsAt"/>; one before that ends now.</summary>
    Task ReplaceSecretAsync(string clientId, string secret, DateTimeOffset formerEndsAt, CancellationToken cancellationToken);

    /// <summary>Ends the former secret now.</summary>
    Task EndFormerSecretAsync(string clientId, CancellationToken cancellationToken);

    /// <summary>Forgets the client with all grants and tokens.</summary>
    Task RemoveAsync(string clientId, CancellationToken cancellationToken);
}
