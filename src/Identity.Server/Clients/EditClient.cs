using Identity.Server.Accounts;

namespace Identity.Server.Clients;

/// <summary>
/// Changes a client's settings. Before its first review they count at once. After it they wait for another: whoever reviewed the
/// redirect URIs must not find other ones in force the next day.
/// </summary>
internal sealed class EditClient(ClientChanges changes, SectorIdentifiers sectors, IClientEngine engine)
{
    internal enum Outcome
    {
        InForce,
        Proposed,
        Unchanged,
        Refused,
        ChangedMeanwhile,
    }

    public async Task<(Outcome Outcome, IReadOnlyList<string> Faults)> HandleAsync(RegisteredClient row, ClientSettings wanted, Guid accountId, CancellationToken cancellationToken)
    {
        // 1. What stays as it was registered: who it is, how it proves itself, under which names it sees people.
        var present = row.Settings;
        wanted.Id = row.Id;
        wanted.Secret = null;
        wanted.HoldsSecret = present.HoldsSecret;
        wanted.Sector = present.Sector;
        wanted.SectorIdentifierUri = present.SectorIdentifierUri;
        wanted.Jwks = present.Jwks;
        wanted.JwksUri = present.JwksUri is null ? null : wanted.JwksUri;

        // What neither the form nor the API names is not lost by an edit.
        wanted.RefreshLifetime = present.RefreshLifetime;
        if (ClientRules.FaultsOfDevelopers(wanted).ToArray() is { Length: > 0 } faults)
        {
            return (Outcome.Refused, faults);
        }

        if (await sectors.FaultAsync(wanted, cancellationToken) is { } inSector)
        {
            return (Outcome.Refused, [inSector]);
        }

        if (wanted.IsPublic != present.IsPublic)
        {
            return (Outcome.Refused, [$"{row.Id} cannot turn from public to confidential or back: register another one."]);
        }

        var json = RegisteredClient.Write(wanted);
        if (json == (row.ProposedJson ?? row.SettingsJson))
        {
            return (Outcome.Unchanged, []);
        }

        // 2. At once, or as a proposal.
        var waits = row.ReviewedAt is not null;
        if (waits)
        {
            row.ProposedJson = json == row.SettingsJson ? null : json;
        }
        else
        {
            row.SettingsJson = json;
        }

        // What a reviewer is looking at must be what is asked for.
        row.RequestedAt = null;
        return await changes.SaveAsync(row, ClientEvents.Edited, AccountEvents.ActorOf(accountId), waits ? null : () => engine.SaveAsync(wanted, null, cancellationToken), cancellationToken)
            ? (waits ? Outcome.Proposed : Outcome.InForce, [])
            : (Outcome.ChangedMeanwhile, []);
    }
}
