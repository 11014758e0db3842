using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Audit;

/// <summary>
/// What was done, by whom, to whom. Written in the transaction of the change, so there is no change without it. It is not
/// chained there, or every write of the province would queue behind one row: <see cref="Sequencer"/> gives it its place later.
/// </summary>
internal sealed class AuditEntry
{
    public required Guid Id { get; init; }

    public required DateTimeOffset At { get; init; }

    public required string What { get; init; }

    /// <summary><c>account:GUID</c>, <c>client:ID</c> or <c>system</c>.</summary>
    public required string Actor { get; init; }

    public Guid? SubjectId { get; init; }

    /// <summary>The key that opens <see cref="Content"/>; the key's row can be deleted, the entry stays and still verifies.</summary>
    public Guid? ContentKeyId { get; init; }

    /// <summary>Encrypted details.</summary>
    public byte[]? Content { get; init; }

    /// <summary>Keeps the digest in the log from being a test for guessed contents.</summary>
    public required byte[] Salt { get; init; }

    /// <summary>What the log holds of it.</summary>
    public required byte[] Digest { get; init; }

    /// <summary>Its place in the log, from 1; absent until the sequencer has seen it.</summary>
    public long? Place { get; set; }
}

internal sealed class AuditEntryTable : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> entry)
    {
        entry.ToTable("audit_entries");
        entry.Property(e => e.What).HasMaxLength(64);
        entry.Property(e => e.Actor).HasMaxLength(128);
        // "What has no place yet?" and the verifier's walk in log order.
        entry.HasIndex(e => new { e.Place, e.At });
        // "Who did what to this person?", which the person may ask.
        entry.HasIndex(e => new { e.SubjectId, e.At });
    }
}
