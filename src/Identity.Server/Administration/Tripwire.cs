using System.Collections.Concurrent;
using Identity.Server.Accounts;
using Identity.Server.Audit;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Identity.Server.Administration;

/// <summary>
/// How many an operator has changed or looked for in the last hour, read from the audit trail: the one count that the operator's
/// own actions cannot avoid. Over the limit nothing more is done and an alarm goes out.
/// </summary>
internal sealed partial class Tripwire(ServerDbContext db, AuditTrail audit, IOptions<AdministrationOptions> options, TimeProvider clock, ILogger<Tripwire> logger)
{
    private static readonly string[] Changes = ["credential.withdrawn", "credential.suspended", "credential.resumed", "account.disabled", "account.enabled"];
    private static readonly string[] Searches = ["credential.found-by-staff", "account.found-by-staff"];

    private static readonly ConcurrentDictionary<Guid, SemaphoreSlim> Turns = [];

    /// <summary>
    /// One act of an operator at a time: a hundred sent at once would all be counted before the first is on record. Hold it from
    /// the question until the act is done.
    /// </summary>
    public static async Task<IDisposable> TurnAsync(Guid accountId, CancellationToken cancellationToken)
    {
        var turn = Turns.GetOrAdd(accountId, _ => new SemaphoreSlim(1));
        await turn.WaitAsync(cancellationToken);
        return new Turn(turn);
    }

    public Task<bool> MayChangeAsync(Guid accountId, CancellationToken cancellationToken) =>
        IsUnderAsync(accountId, Changes, options.Value.ChangesPerHour, cancellationToken);

    public Task<bool> MaySearchAsync(Guid accountId, CancellationToken cancellationToken) =>
        IsUnderAsync(accountId, Searches, options.Value.SearchesPerHour, cancellationToken);

    private async Task<bool> IsUnderAsync(Guid accountId, string[] events, int limit, CancellationToken cancellationToken)
    {
        var actor = AccountEvents.ActorOf(accountId);
        var hourAgo = clock.GetUtcNow() - TimeSpan.FromHours(1);
        var done = await db.Set<AuditEntry>().CountAsync(entry => entry.Actor == actor && entry.At > hourAgo && events.Contains(entry.What), cancellationToken);
        if (done < limit)
        {
            return true;
        }

        audit.Record(StaffEvents.VolumeRefused, actor, accountId);
        await db.SaveChangesAsync(cancellationToken);
        VolumeRefused(accountId, done);
        return false;
    }

    private sealed class Turn(SemaphoreSlim turn) : IDisposable
    {
        public void Dispose() => turn.Release();
    }

    [LoggerMessage(5901, LogLevel.Critical, "Staff account {AccountId} has reached its hourly limit: {Count} actions; further ones are refused")]
    private partial void VolumeRefused(Guid accountId, int count);
}
