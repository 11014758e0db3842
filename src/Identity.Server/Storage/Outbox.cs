namespace Identity.Server.Storage;

/// <summary>Adds messages to the caller's transaction. <see cref="OutboxSignal"/> wakes the relay when it has committed.</summary>
internal sealed class Outbox(ServerDbContext db, TimeProvider time)
{
    public void Add(string stream, long item)
    {
        var now = time.GetUtcNow();
        db.Add(new OutboxMessage { Id = Guid.CreateVersion7(now), Stream = stream, Item = item, At = now });
    }
}
