using System.Text.Json.Nodes;
using Identity.Server.Storage;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Audit;

/// <summary>
/// The log as lines of JSON, for whoever checks it elsewhere (<c>onecode audit verify</c>; README.md, "The export"): checkpoints
/// first, then every place with what the trail still says there, then what claims a place that the log does not give it.
/// </summary>
internal sealed class AuditExport(ServerDbContext db)
{
    private const int Page = 1000;

    public async Task WriteAsync(Stream output, CancellationToken cancellationToken)
    {
        await using var lines = new StreamWriter(output, leaveOpen: true) { NewLine = "\n" };
        await foreach (var checkpoint in db.Set<Checkpoint>().AsNoTracking().OrderBy(checkpoint => checkpoint.Size).AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            await lines.WriteLineAsync(LineOf(checkpoint).ToJsonString());
        }

        await WriteLogAsync(lines, cancellationToken);
        var strangers = db.Set<AuditEntry>().AsNoTracking().Where(entry => entry.Place != null && !db.Set<LogEntry>().Any(logged => logged.EntryId == entry.Id));
        await foreach (var entry in strangers.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            await lines.WriteLineAsync(new JsonObject { ["entry"] = entry.Id, ["record"] = RecordOf(entry) }.ToJsonString());
        }
    }

    private async Task WriteLogAsync(StreamWriter lines, CancellationToken cancellationToken)
    {
        for (var after = 0L; ;)
        {
            var page = await (
                from logged in db.Set<LogEntry>().AsNoTracking().Where(logged => logged.Place > after).OrderBy(logged => logged.Place).Take(Page)
                join entry in db.Set<AuditEntry>().AsNoTracking() on logged.EntryId equals entry.Id into entries
                from entry in entries.DefaultIfEmpty()
                orderby logged.Place
                select new { Logged = logged, Entry = (AuditEntry?)entry }).ToListAsync(cancellationToken);
            foreach (var place in page)
            {
                await lines.WriteLineAsync(LineOf(place.Logged, place.Entry).ToJsonString());
            }

            if (page.Count == 0)
            {
                return;
            }

            after = page[^1].Logged.Place;
            await lines.FlushAsync(cancellationToken);
        }
    }

    private static JsonObject LineOf(Checkpoint checkpoint) => new()
    {
        ["checkpoint"] = new JsonObject
        {
            ["size"] = checkpoint.Size,
            ["head"] = Convert.ToBase64String(checkpoint.Head),
            ["at"] = checkpoint.At.ToUnixTimeSeconds(),
            ["kid"] = Convert.ToHexStringLower(checkpoint.KeyId),
            ["signature"] = Convert.ToBase64String(checkpoint.Signature),
        },
    };

    private static JsonObject LineOf(LogEntry logged, AuditEntry? entry) => new()
    {
        ["place"] = logged.Place,
        ["entry"] = logged.EntryId,
        ["digest"] = Convert.ToBase64String(logged.Digest),
        ["head"] = Convert.ToBase64String(logged.Head),
        ["record"] = entry is null ? null : RecordOf(entry),
    };

    private static JsonObject RecordOf(AuditEntry entry) => new()
    {
        ["place"] = entry.Place,
        ["salt"] = Convert.ToBase64String(entry.Salt),
        ["at"] = entry.At.ToUnixTimeMilliseconds(),
        ["what"] = entry.What,
        ["actor"] = entry.Actor,
        ["subject"] = entry.SubjectId,
        ["contentKey"] = entry.ContentKeyId,
        ["content"] = entry.Content is { } content ? Convert.ToBase64String(content) : null,
    };
}
