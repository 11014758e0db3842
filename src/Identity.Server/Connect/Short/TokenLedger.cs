using System.Data.Common;
using System.Text.Json;
using Identity.Server.Connect.Proofs;
using Identity.Server.Connect.Store;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Identity.Server.Connect.Short;

/// <summary>
/// The rows of what goes the short way. Those asked for at the same time are entered in one transaction, and with each what it is given
/// for, a client's assertion or a code: a token without its used code, or a code used up for nothing, cannot be left behind.
/// </summary>
internal sealed class TokenLedger
{
    private readonly VerifiedSecrets _verified;
    private readonly Replays _replays;
    private readonly TimeProvider _clock;
    private readonly GroupCommit<Entering, bool> _group;

    // Of this instance: a compiled query keeps the model of the first context that it meets.
    private readonly Func<ServerDbContext, string, CancellationToken, Task<Row?>> _rowOf = EF.CompileAsyncQuery((ServerDbContext db, string clientId, CancellationToken _) =>
        db.Set<OidcClient>().AsNoTracking().Where(client => client.ClientId == clientId)
            .Select(client => new Row(client.Id, client.ClientType, client.ClientSecret, client.FormerSecret, client.FormerSecretEndsAt, client.Permissions, client.RedirectUris)).SingleOrDefault());

    public TokenLedger(VerifiedSecrets verified, Replays replays, IServiceScopeFactory scopes, TimeProvider clock)
    {
        _verified = verified;
        _replays = replays;
        _clock = clock;
        _group = new(scopes, EnterAsync);
    }

    /// <summary>False if the client is not allowed it, or its proof or code is not good or not known to be: the engine decides then, and nothing was used up.</summary>
    public Task<bool> EnterAsync(Entering entering, CancellationToken cancellationToken) => _group.AddAsync(entering, cancellationToken);

    private async Task<bool[]> EnterAsync(ServerDbContext db, IReadOnlyList<Entering> group)
    {
        await db.Database.OpenConnectionAsync();
        try
        {
            return await EnterByOneConnectionAsync(db, group);
        }
        finally
        {
            // A context that goes back to its pool would keep it open, and each of them one more.
            await db.Database.CloseConnectionAsync();
        }
    }

    private async Task<bool[]> EnterByOneConnectionAsync(ServerDbContext db, IReadOnlyList<Entering> group)
    {
        var rows = await RowsOfAsync(db, group);
        var allowed = group.Where(entering => rows[entering.ClientId] is { } row && row.Allows(entering) && IsGood(entering.Proof, row)).ToArray();
        if (allowed.Length == 0)
        {
            return new bool[group.Count];
        }

        await using var transaction = await db.Database.BeginTransactionAsync();
        if (!await WriteAsync(db, allowed, rows))
        {
            // A code or an assertion of these was used elsewhere a moment ago. Which one is found out one by one.
            await transaction.RollbackAsync();
            return group.Count == 1 ? [false] : throw new DbUpdateException("Of several codes and assertions not all could be used.");
        }

        await transaction.CommitAsync();
        return [.. group.Select(entering => allowed.Contains(entering))];
    }

    /// <summary>False when something was not there to be used up, and all must be undone.</summary>
    private async Task<bool> WriteAsync(ServerDbContext db, Entering[] allowed, Dictionary<string, Row?> rows)
    {
        try
        {
            var codes = allowed.Where(entering => entering.Redeems is not null).ToArray();
            var assertions = allowed.Select(entering => entering.Proof).OfType<ClientProof.Assertion>().Select(proof => proof.Good).ToArray();
            if ((codes.Length > 0 && await RedeemAsync(db, codes) != codes.Length) || (assertions.Length > 0 && !await _replays.TakeAllAsync(db, assertions)))
            {
                return false;
            }

            await InsertAsync(db, allowed, rows);
            return true;
        }
        catch (DbException e)
        {
            // As EF says it of a row of its own: refused before a commit.
            throw new DbUpdateException(e.Message, e);
        }
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
    private bool IsGood(ClientProof? proof, Row row) => proof switch
    {
        ClientProof.Secret { Text: var secret } => row.Secrets(_clock.GetUtcNow()).Any(hash => _verified.Contains(secret, hash)),
        ClientProof.NeedsNone => row.Type == ClientTypes.Public,
        _ => true,
    };

    /// <summary>How many were still there to be redeemed. The status in the condition decides between nodes.</summary>
    private Task<int> RedeemAsync(ServerDbContext db, Entering[] codes)
    {
        var sql = new Sql();
        sql.Add("UPDATE oidc_tokens SET \"Status\" = ").Add(Statuses.Redeemed, ", \"RedemptionDate\" = ").Add(codes[0].Token.CreatedAt.UtcDateTime, ", \"ConcurrencyToken\" = ")
            .Add(Guid.CreateVersion7(_clock.GetUtcNow()).ToString(), " WHERE \"Status\" = ").Add(Statuses.Valid, " AND \"Id\" IN (");
        for (var i = 0; i < codes.Length; i++)
        {
            sql.Add(codes[i].Redeems, i < codes.Length - 1 ? ", " : ")");
        }

        return db.Database.ExecuteSqlAsync(sql.Command);
    }

    private static Task<int> InsertAsync(ServerDbContext db, Entering[] all, Dictionary<string, Row?> rows)
    {
        var sql = new Sql();
        sql.Add("INSERT INTO oidc_tokens (\"Id\", \"ApplicationId\", \"AuthorizationId\", \"ConcurrencyToken\", \"CreationDate\", \"ExpirationDate\", \"Payload\", \"ReferenceId\", \"Status\", \"Subject\", \"Type\") VALUES ");
        for (var i = 0; i < all.Length; i++)
        {
            var token = all[i].Token;
            sql.Add("(").Add(token.Id, ", ").Add(rows[all[i].ClientId]!.Id, ", ").Add(token.GrantId, ", ").Add(Guid.CreateVersion7(token.CreatedAt).ToString(), ", ")
                .Add(token.CreatedAt.UtcDateTime, ", ").Add(token.ExpiresAt.UtcDateTime, ", ").Add(token.Payload, ", ").Add(token.ReferenceId, ", ")
                .Add(Statuses.Valid, ", ").Add(token.Subject, ", ").Add(token.Type, i < all.Length - 1 ? "), " : ")");
        }

        return db.Database.ExecuteSqlAsync(sql.Command);
    }

    private sealed record Row(Guid Id, string? Type, string? Secret, string? FormerSecret, DateTimeOffset? FormerSecretEndsAt, string? PermissionsJson, string? RedirectUrisJson)
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
        public bool Allows(Entering entering) =>
            Read(PermissionsJson) is var permissions && entering.Needs.All(permissions.Contains) && (entering.RedirectUri is null || Read(RedirectUrisJson).Contains(entering.RedirectUri));

        private static string[] Read(string? list) => JsonSerializer.Deserialize<string[]>(list ?? "[]")!;
    }
}

/// <summary>A code or token that a client is to get.</summary>
/// <param name="ClientId">Whose it is.</param>
/// <param name="Needs">The permissions that the engine would look for.</param>
/// <param name="Proof">What the client shows for itself; null where the endpoint asks nobody to.</param>
/// <param name="Token">The row.</param>
internal sealed record Entering(string ClientId, IReadOnlyList<string> Needs, ClientProof? Proof, NewToken Token)
{
    /// <summary>The code that it is given for: valid until now, used up with it.</summary>
    public Guid? Redeems { get; init; }

    /// <summary>Where it is sent; must be the client's.</summary>
    public string? RedirectUri { get; init; }
}

/// <summary>A row of <see cref="OidcToken"/> as it begins.</summary>
internal sealed record NewToken(Guid Id, string Type, string Subject, Guid? GrantId, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string? Payload = null, string? ReferenceId = null);

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

    /// <summary>A public client has nothing to show; whether it is one its row says.</summary>
    public sealed record NeedsNone : ClientProof;
}
