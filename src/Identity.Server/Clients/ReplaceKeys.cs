using Identity.Server.Accounts;

namespace Identity.Server.Clients;

/// <summary>
/// Other public keys for a client that has some. At once, reviewed or not: a key that leaked cannot wait, and who may sign in
/// with the client does not change. For an overlap the developer registers the new key beside the old one, and later the new one alone.
/// </summary>
internal sealed class ReplaceKeys(ClientChanges changes, IClientEngine engine)
{
    internal enum Outcome
    {
        Done,
        Refused,
        ChangedMeanwhile,
    }

    public async Task<Outcome> HandleAsync(RegisteredClient row, string? jwks, Guid accountId, CancellationToken cancellationToken)
    {
        var settings = row.Settings;
        if (settings.Jwks is null || ClientKeys.Read(jwks) is null)
        {
            return Outcome.Refused;
        }

        settings.Jwks = jwks;
        row.SettingsJson = RegisteredClient.Write(settings);
        if (row.Proposed is { } proposed)
        {
            proposed.Jwks = jwks;
            row.ProposedJson = RegisteredClient.Write(proposed);
        }

        return await changes.SaveAsync(
            row, ClientEvents.KeysReplaced, AccountEvents.ActorOf(accountId), () => engine.SaveAsync(settings, null, cancellationToken), cancellationToken)
            ? Outcome.Done
            : Outcome.ChangedMeanwhile;
    }
}
