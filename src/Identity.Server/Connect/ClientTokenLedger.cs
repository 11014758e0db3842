using System.Text.Json;
using Identity.Server.Connect.Proofs;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect;

/// <summary>
/// The rows of clients' own tokens. Those asked for at the same time are entered in one transaction, and with each the assertion that
/// it is given for: a token without its used assertion, or an assertion used up for nothing, cannot be left behind.
/// </summary>
internal sealed class ClientTokenLedger
{
    private readonly VerifiedSecrets _verified;
    private readonly Replays _replays;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _life;
    private readonly GroupCommit<Entering, LedgerEntry?> _group;

    // Of this instance: a compiled query keeps the model of the first context that it meets.
    private readonly Func<ServerDbContext, string, CancellationToken, Task<Row?>> _rowOf = EF.CompileAsyncQuery((ServerDbContext db, string clientId, CancellationToken _) =>
        db.Set<OidcClient>().AsNoTracking().Where(client => client.ClientId == clientId)
            .Select(client => new Row(client.Id, client.ClientSecret, client.FormerSecret, client.FormerSecretEndsAt, client.Permissions)).SingleOrDefault());

    public ClientTokenLedger(VerifiedSecrets verified, Replays replays, IServiceScopeFactory scopes, IOptions<ConnectOptions> connect, TimeProvider clock)
    {
        _verified = verified;
        _replays = replays;
        _clock = clock;
        _life = connect.Value.AccessTokenLifetime;
        _group = new(scopes, EnterAsync);
    }

    /// <summary>Null if the client is not allowed it or its proof is not good, or not known to be good: the engine decides then, and nothing was used up.</summary>
    public Task<LedgerEntry?> EnterAsync(Entering entering, CancellationToken cancellationToken) => _group.AddAsync(entering, cancellationToken);

    private async Task<LedgerEntry?[]> EnterAsync(ServerDbContext db, IReadOnlyList<Entering> group)
    {
        await db.Database.OpenConnectionAsync();
        var now = DateTimeOffset.FromUnixTimeSeconds(_clock.GetUtcNow().ToUnixTimeSeconds());
        var rows = await RowsOfAsync(db, group);
        var allowed = group.Where(entering => rows[entering.ClientId] is { } row && row.Allows(entering.Scopes) && IsGood(entering.Proof, row)).ToArray();
        if (allowed.Length == 0)
        {
            return new LedgerEntry?[group.Count];
        }

        await using var transaction = await db.Database.BeginTransactionAsync();
        var unused = await _replays.TakeAllAsync(db, [.. allowed.Select(entering => entering.Proof).OfType<ClientProof.Assertion>().Select(proof => proof.Good)]);
        var entries = group.Select(entering => allowed.Contains(entering) && (entering.Proof is not ClientProof.Assertion { Good: var good } || unused.Contains(good))
            ? Enter(db, entering.ClientId, rows[entering.ClientId]!.Id, now)
            : null).ToArray();
        await db.SaveChangesAsync();
        await transaction.CommitAsync();
        return entries;
    }

    private async Task<Dictionary<string, Row?>> RowsOfAsync(ServerDbContext db, IEnumerable<Entering> group)
    {
        var rows = new Dictionary<string, Row?>(StringComparer.Ordinal);
        foreach (var entering in group)
        {
            if (!rows.ContainsKey(entering.ClientId))
            {
                rows[entering.ClientId] = await _rowOf(db, entering.ClientId, CancellationToken.None);
            }
        }

        return rows;
    }

    /// <summary>A secret counts here only after the engine has found it right by the slow hash.</summary>
    private bool IsGood(ClientProof proof, Row row) =>
        proof is not ClientProof.Secret { Text: var secret } || row.Secrets(_clock.GetUtcNow()).Any(hash => _verified.Contains(secret, hash));

    private LedgerEntry Enter(ServerDbContext db, string clientId, Guid client, DateTimeOffset now)
    {
        var row = new OidcToken
        {
            Id = Guid.CreateVersion7(now),
            ConcurrencyToken = Guid.CreateVersion7(now).ToString(),
            CreationDate = now.UtcDateTime,
            ExpirationDate = (now + _life).UtcDateTime,
            Status = Statuses.Valid,
            Subject = clientId,
            Type = TokenTypeIdentifiers.AccessToken,
        };
        db.Add(row).Property("ApplicationId").CurrentValue = client;
        return new(row.Id, now, now + _life);
    }

    private sealed record Row(Guid Id, string? Secret, string? FormerSecret, DateTimeOffset? FormerSecretEndsAt, string? PermissionsJson)
    {
        public IEnumerable<string> Secrets(DateTimeOffset now)
        {
            if (Secret is not null)
            {
                yield return Secret;
            }

            if (FormerSecret is not null && FormerSecretEndsAt > now)
            {
                yield return FormerSecret;
            }
        }

        /// <summary>The engine's own row decides, as it does there: what another node took away counts at once.</summary>
        public bool Allows(string[] scopes)
        {
            var permissions = JsonSerializer.Deserialize<string[]>(PermissionsJson ?? "[]")!;
            return permissions.Contains(Permissions.Endpoints.Token)
                && permissions.Contains(Permissions.GrantTypes.ClientCredentials)
                && scopes.All(scope => permissions.Contains(Permissions.Prefixes.Scope + scope));
        }
    }
}

/// <summary>A token that a client asks for.</summary>
internal sealed record Entering(string ClientId, string[] Scopes, ClientProof Proof);

/// <summary>A token that stands in the database from here on.</summary>
internal sealed record LedgerEntry(Guid TokenId, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt);

/// <summary>What a client shows for itself (RFC 6749 2.3, RFC 7523).</summary>
internal abstract record ClientProof
{
    private ClientProof()
    {
    }

    /// <summary>Not compared with anything yet.</summary>
    public sealed record Secret(string Text) : ClientProof;

    /// <summary>Right but for whether it was used before.</summary>
    public sealed record Assertion(GoodAssertion Good) : ClientProof;
}
