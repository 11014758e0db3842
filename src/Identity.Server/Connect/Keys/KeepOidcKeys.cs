using System.Security.Cryptography;
using Identity.Server.Audit;
using Identity.Server.Clients;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Connect.Keys;

/// <summary>
/// Keeps the ring: makes the next key in time, drops those that nothing hangs on any more, and tells this process what there is. Every
/// node may do it at the same time; the unique generation lets one of them make the key.
/// </summary>
internal sealed partial class KeepOidcKeys(
    IServiceScopeFactory scopes, OidcKeyBox box, OidcKeyRing ring, ClientDirectory clients, IOptions<ConnectOptions> options, TimeProvider clock, ILogger<KeepOidcKeys> logger) : IDisposable
{
    /// <summary>
    /// How long a public key outlives its last token: identity tokens come back as hints at sign-out, a day later at most, when they have
    /// long expired.
    /// </summary>
    private static readonly TimeSpan Hints = TimeSpan.FromHours(25);

    private readonly SemaphoreSlim _turn = new(1);

    public async Task HandleAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
            var audit = scope.ServiceProvider.GetRequiredService<AuditTrail>();
            var rows = await ReadAsync(db, cancellationToken);
            var changed = false;
            foreach (var use in Enum.GetValues<OidcKeyUse>())
            {
                changed |= await MakeNextAsync(db, audit, [.. rows.Where(row => row.Use == use)], use, cancellationToken);
                changed |= await DropAsync(db, [.. rows.Where(row => row.Use == use)], use, cancellationToken);
            }

            rows = changed ? await ReadAsync(db, cancellationToken) : rows;
            TakeOver(rows);
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    private static Task<List<OidcKey>> ReadAsync(ServerDbContext db, CancellationToken cancellationToken) =>
        db.Set<OidcKey>().AsNoTracking().OrderBy(key => key.Generation).ToListAsync(cancellationToken);

    private async Task<bool> MakeNextAsync(ServerDbContext db, AuditTrail audit, OidcKey[] rows, OidcKeyUse use, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var newest = rows.LastOrDefault();
        if (newest is null && use == OidcKeyUse.SigningRsa && !clients.All.Any(client => client.ReadsRs256))
        {
            return false;
        }

        if (newest is not null && now < newest.ActiveFrom + options.Value.KeyRotateEvery - options.Value.KeyAnnounceFor)
        {
            return false;
        }

        // The very first works at once: nobody has kept a list without it.
        var next = box.Make(use, (newest?.Generation ?? 0) + 1, now, newest is null ? now : now + options.Value.KeyAnnounceFor);
        db.Add(next);
        audit.Record(ConnectEvents.KeyMade, "system", subject: null, new { Use = use, next.Generation, next.KeyId, next.ActiveFrom });
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            KeyMade(use, next.Generation, next.KeyId, next.ActiveFrom);
        }
        catch (DbUpdateException)
        {
            // Another node has just made this generation. Were it something else, the read that follows says so.
            db.ChangeTracker.Clear();
        }

        return true;
    }

    /// <summary>A key goes when its successor has worked longer than anything that it made can live.</summary>
    private async Task<bool> DropAsync(ServerDbContext db, OidcKey[] rows, OidcKeyUse use, CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow() - LifeOf(use);
        var over = rows.Zip(rows.Skip(1), (row, successor) => (row, successor)).Where(pair => pair.successor.ActiveFrom < before).Select(pair => pair.row.Id).ToArray();
        return over.Length > 0 && await db.Set<OidcKey>().Where(key => over.Contains(key.Id)).ExecuteDeleteAsync(cancellationToken) > 0;
    }

    private TimeSpan LifeOf(OidcKeyUse use)
    {
        var connect = options.Value;
        return use != OidcKeyUse.Own
            ? Longest(Hints, connect.AccessTokenLifetime, connect.IdentityTokenLifetime)
            : Longest([connect.RefreshTokenLifetime, .. clients.All.Select(client => client.RefreshLifetime ?? default)]) + TimeSpan.FromHours(1);
    }

    private void TakeOver(List<OidcKey> rows)
    {
        var inForce = rows.Where(row => row.RevokedAt is null).ToArray();
        if (ring.Holds(inForce.Select(row => row.KeyId)))
        {
            return;
        }

        try
        {
            ring.Replace(inForce.Select(box.Open));
            RingChanged(string.Join(", ", ring.Of(OidcKeyUse.Signing).Select(key => key.KeyId)));
        }
        catch (CryptographicException)
        {
            throw new StartRefusedException("The OpenID Connect keys in the database were not sealed under this master.secret. Put the right one back (certs/README.md).");
        }
    }

    private static TimeSpan Longest(params ReadOnlySpan<TimeSpan> times)
    {
        var longest = TimeSpan.Zero;
        foreach (var time in times)
        {
            longest = time > longest ? time : longest;
        }

        return longest;
    }

    [LoggerMessage(1030, LogLevel.Information, "Made {Use} key {Generation} ({KeyId}), which works from {ActiveFrom}")]
    private partial void KeyMade(OidcKeyUse use, int generation, string keyId, DateTimeOffset activeFrom);

    [LoggerMessage(1031, LogLevel.Information, "The published keys are now {KeyIds}; the first signs")]
    private partial void RingChanged(string keyIds);
}
