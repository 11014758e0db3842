using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Connect.Keys;

/// <summary>
/// A key got out: a new one works from this moment, and nothing that any older one made counts any more. Nodes take it at their next look
/// (<c>Connect:KeyLookEvery</c>); applications fetch the key set anew when they meet a key id that they do not know.
/// </summary>
internal sealed class RotateOidcKeys(ServerDbContext db, OidcKeyBox box, AuditTrail audit, TimeProvider clock)
{
    public const string Command = "rotate-oidc-keys";

    private const string Usage = """
        usage: Identity.Server rotate-oidc-keys --reason TEXT [--own true]    emergency only: the ring rotates by itself

          Makes a new signing key that works at once and revokes every older one: access and identity tokens that are out are refused,
          applications fetch the key set anew. --own true also replaces the keys of codes and refresh tokens: every wallet signs in again.
          Takes the settings that the server takes (files, environment, --ConnectionStrings:Database=...). Recorded in the audit trail.
        """;

    /// <summary>The command line's door: the same settings as the server, none of its ports.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output)
    {
        var builder = ServerHost.CreateBuilder(args);
        if (builder.Configuration["reason"] is not { Length: > 0 and <= 200 } reason)
        {
            await output.WriteLineAsync(Usage);
            return 64;
        }

        await using var app = builder.Build();
        await using var scope = app.Services.CreateAsyncScope();
        OidcKeyUse[] uses = builder.Configuration["own"] == "true" ? [OidcKeyUse.Signing, OidcKeyUse.Own] : [OidcKeyUse.Signing];
        foreach (var made in await scope.ServiceProvider.GetRequiredService<RotateOidcKeys>().HandleAsync(uses, reason, "system", CancellationToken.None))
        {
            await output.WriteLineAsync($"{made.Use} key {made.Generation} ({made.KeyId}) works now; every older one is revoked.");
        }

        await output.WriteLineAsync($"Every node that reaches the database takes it within {app.Services.GetRequiredService<IOptions<ConnectOptions>>().Value.KeyLookEvery}.");

        return 0;
    }

    public async Task<IReadOnlyList<OidcKey>> HandleAsync(IReadOnlyList<OidcKeyUse> uses, string reason, string actor, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        List<OidcKey> made = [];
        if (uses.Contains(OidcKeyUse.Signing) && await db.Set<OidcKey>().AnyAsync(key => key.Use == OidcKeyUse.SigningRsa, cancellationToken))
        {
            // Kept in the same place, lost in the same way.
            uses = [.. uses, OidcKeyUse.SigningRsa];
        }

        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        foreach (var use in uses)
        {
            // An ordinary rotation at the same moment collides on the generation, and this fails: run it again.
            var newest = await db.Set<OidcKey>().Where(key => key.Use == use).MaxAsync(key => (int?)key.Generation, cancellationToken) ?? 0;
            var next = box.Make(use, newest + 1, now, now);
            await db.Set<OidcKey>().Where(key => key.Use == use && key.RevokedAt == null)
                .ExecuteUpdateAsync(set => set.SetProperty(key => key.RevokedAt, now), cancellationToken);
            db.Add(next);
            audit.Record(ConnectEvents.KeysRevoked, actor, subject: null, new { Use = use, next.Generation, next.KeyId, Reason = reason });
            made.Add(next);
        }

        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return made;
    }
}
