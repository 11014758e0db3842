using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Storage;

/// <summary>
/// Something that committed and must reach others: written in the transaction of the change itself, so it is told exactly
/// when the change is true. It names what changed, never the new value: whoever relays it reads the value from its table,
/// and a late message can then not carry an old value over a newer one.
/// </summary>
internal sealed class OutboxMessage
{
    public required Guid Id { get; init; }

    /// <summary>The thing whose changes are ordered among themselves, for instance a status list.</summary>
    public required string Stream { get; init; }

    /// <summary>What changed inside the stream.</summary>
    public required long Item { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>
    /// Its place in the stream, given after the commit by whoever claims it. Absent means waiting. A number taken inside the
    /// transaction would lie: a slow transaction with a low number commits after a reader has gone past it.
    /// </summary>
    public long? Sequence { get; set; }
}

internal sealed class OutboxMessageTable : IEntityTypeConfiguration<OutboxMessage>
{
    public void Configure(EntityTypeBuilder<OutboxMessage> message)
    {
        message.ToTable("outbox");
        message.Property(m => m.Stream).HasMaxLength(32);
        // Two relays that saw the same message waiting collide here, also when the slower read the stream's row after the faster wrote it.
        message.Property(m => m.Sequence).IsConcurrencyToken();
        // "What waits?" (Sequence is null, oldest first) and "what came after number n of this stream?"
        message.HasIndex(m => new { m.Sequence, m.Id });
        message.HasIndex(m => new { m.Stream, m.Sequence });
    }
}
