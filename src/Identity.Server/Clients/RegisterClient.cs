using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Server.Audit;
using Identity.Server.Storage;

namespace Identity.Server.Clients;

/// <summary>Who registers a client.</summary>
/// <param name="Actor">For the audit trail: <c>account:GUID</c>, <c>client:ID</c> or <c>system</c>.</param>
/// <param name="OwnerId">The account that owns it from now on; none where a program registers itself (RFC 7591).</param>
/// <param name="IsTrusted">Open to everybody at once: whoever gave the right to register has answered for it.</param>
internal sealed record Registrant(string Actor, Guid? OwnerId, bool IsTrusted = false);

/// <summary>Registers a client, for the portal, the API and dynamic registration alike. It works on every node as soon as this returns.</summary>
internal sealed class RegisterClient(ServerDbContext db, ClientDirectory clients, IClientEngine engine, SectorIdentifiers sectors, AuditTrail audit, TimeProvider clock)
{
    /// <summary>What came of it: a client, or what is wrong with the settings. The secret is told this once; only its hash is kept.</summary>
    internal sealed record Outcome(ClientSettings? Client, string? Secret, IReadOnlyList<string> Faults);

    /// <summary>
    /// The id, and with <paramref name="withSecret"/> a secret, are made here, whatever <paramref name="wanted"/> says. Without a
    /// secret, and without keys, the client is public.
    /// </summary>
    public async Task<Outcome> HandleAsync(ClientSettings wanted, bool withSecret, Registrant registrant, CancellationToken cancellationToken)
    {
        // 1. What nobody may give himself.
        wanted.Id = ClientDirectory.NewId();
        wanted.Secret = null;
        wanted.HoldsSecret = withSecret;
        wanted.Sector = wanted.Id;
        var rules = registrant.OwnerId is null ? ClientRules.FaultsOfRegistered(wanted) : ClientRules.FaultsOfDevelopers(wanted);
        if (rules.ToArray() is { Length: > 0 } faults)
        {
            return new Outcome(null, null, faults);
        }

        if (wanted.SectorIdentifierUri is { } sector)
        {
            if (await sectors.FaultAsync(wanted, cancellationToken) is { } fault)
            {
                return new Outcome(null, null, [fault]);
            }

            wanted.Sector = new Uri(sector).Host;
        }

        // 2. The row, the entry and the engine's client: all or none.
        var now = clock.GetUtcNow();
        var secret = withSecret ? NewSecret() : null;
        await using (var transaction = await db.Database.BeginTransactionAsync(cancellationToken))
        {
            db.Add(new RegisteredClient
            {
                Id = wanted.Id,
                OwnerId = registrant.OwnerId,
                SettingsJson = RegisteredClient.Write(wanted),
                CreatedAt = now,
                ChangedAt = now,
                Version = 1,
                ReviewedAt = registrant.IsTrusted ? now : null,

                // A program has nobody who could ask for the review later.
                RequestedAt = registrant is { OwnerId: null, IsTrusted: false } ? now : null,
                SecretMadeAt = withSecret ? now : null,
            });
            audit.Record(ClientEvents.Registered, registrant.Actor, registrant.OwnerId, new { Client = wanted.Id });
            await db.SaveChangesAsync(cancellationToken);
            await engine.SaveAsync(wanted, secret, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }

        // 3. This node knows it at once; another one asks when it hears the id.
        await clients.RefreshAsync(CancellationToken.None);
        return new Outcome(clients.Find(wanted.Id), secret, []);
    }

    /// <summary>256 random bits: nobody guesses it, whatever hash it is kept under.</summary>
    public static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
