using Identity.Server.Storage;
using Identity.Server.Trust;
using Microsoft.EntityFrameworkCore;
using OneCode;

namespace Identity.Server.Status;

/// <summary>The history of the compact series in the database: bounded, the same for every node, and still there after a restart.</summary>
internal sealed class CompactLedger(IServiceScopeFactory scopes, TrustListSource trust)
{
    /// <summary>Which series there are, and how far each is: one small query, asked often.</summary>
    public async Task<Dictionary<string, long>> RevisionsAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ServerDbContext>().Set<CompactSeriesRow>().AsNoTracking()
            .ToDictionaryAsync(row => row.Series, row => row.Revision, cancellationToken);
    }

    /// <summary>Brings a history up to what the database has. False where that is nothing to serve: the key of its statement was withdrawn, for instance.</summary>
    public async Task<bool> ReadAsync(CompactHistory history, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        if (await db.Set<CompactSeriesRow>().AsNoTracking().SingleOrDefaultAsync(row => row.Series == history.Series, cancellationToken) is not { } head
            || !CompactStatusToken.TryVerify(head.Message, trust.Current.List, out var message, out _))
        {
            return false;
        }

        long[] known = [.. history.States];
        var states = new List<(long, long, CompactState)>();
        foreach (var row in await db.Set<CompactStateRow>().AsNoTracking().Where(row => row.Series == history.Series && !known.Contains(row.Ordinal)).ToListAsync(cancellationToken))
        {
            if (!CompactState.TryDecode(row.Body, out var state))
            {
                return false;
            }

            states.Add((row.Ordinal, row.Version, state));
        }

        var newest = history.Current?.Content.Version ?? 0;
        var deltas = await db.Set<CompactDeltaRow>().AsNoTracking().Where(row => row.Series == history.Series && row.To > newest).OrderBy(row => row.To)
            .Select(row => new CompactHistory.Delta(row.FromOrdinal, row.From, row.To, row.Message, row.Changes)).ToListAsync(cancellationToken);
        var current = states.Find(state => state.Item1 == head.Ordinal).Item3 ?? (history.Current is { } held && held.Ordinal == head.Ordinal ? held.State : null);
        if (current is null || !current.Digest.Span.SequenceEqual(message.Content.StateDigest.Span))
        {
            return false;
        }

        history.Take(new CompactHistory.Published(head.Ordinal, message.Content, head.Message, current), states, deltas);
        history.Revision = head.Revision;
        return true;
    }

    /// <summary>Puts a statement with what leads to it in place, all of it or nothing. False where another node was first.</summary>
    public async Task<bool> WriteAsync(CompactHistory history, CompactHistory.Step step, CancellationToken cancellationToken)
    {
        var ((ordinal, content, message, state), deltas) = step;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        var head = new CompactSeriesRow { Series = history.Series, Revision = history.Revision, Ordinal = ordinal, Message = message };
        db.Entry(head).State = history.Revision == 0 ? EntityState.Added : EntityState.Modified;
        head.Revision++;
        if (history.Current is not { } before || before.Ordinal != ordinal)
        {
            db.Add(new CompactStateRow { Series = history.Series, Ordinal = ordinal, Version = content.Version, Body = state.Encode() });
            db.AddRange(deltas.Select(delta => new CompactDeltaRow
            {
                Series = history.Series,
                From = delta.From,
                To = delta.Version,
                FromOrdinal = delta.FromOrdinal,
                Message = delta.Message,
                Changes = delta.Changes,
            }));
        }

        try
        {
            await db.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException)
        {
            // What is there now is read in the next round, and gone on from.
            return false;
        }

        history.Take(step);
        history.Revision = head.Revision;
        if (deltas.Count > 0)
        {
            await PruneAsync(db, history.Series, ordinal, cancellationToken);
        }

        return true;
    }

    /// <summary>A series that is over, or that nobody vouches for any more.</summary>
    public async Task ForgetAsync(string series, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ServerDbContext>();
        // The head last: what is left of a broken-off forgetting is forgotten next time.
        await db.Set<CompactDeltaRow>().Where(row => row.Series == series).ExecuteDeleteAsync(cancellationToken);
        await db.Set<CompactStateRow>().Where(row => row.Series == series).ExecuteDeleteAsync(cancellationToken);
        await db.Set<CompactSeriesRow>().Where(row => row.Series == series).ExecuteDeleteAsync(cancellationToken);
    }

    private static async Task PruneAsync(ServerDbContext db, string series, long ordinal, CancellationToken cancellationToken)
    {
        long[] needed = [.. CompactHistory.Needed(ordinal)];
        await db.Set<CompactStateRow>().Where(row => row.Series == series && row.Ordinal < ordinal && !needed.Contains(row.Ordinal)).ExecuteDeleteAsync(cancellationToken);
        await db.Set<CompactDeltaRow>().Where(row => row.Series == series && row.FromOrdinal <= ordinal - CompactHistory.Kept).ExecuteDeleteAsync(cancellationToken);
    }
}
