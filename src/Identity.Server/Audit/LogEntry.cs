using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Audit;

/// <summary>One place of the log: digests only, so the log can be shown to anyone and never needs erasing.</summary>
internal sealed class LogEntry
{
    public required long Place { get; init; }

    public required Guid EntryId { get; init; }

    public required byte[] Digest { get; init; }

    /// <summary>Covers this place and all before it (<see cref="AuditDigest.Chain"/>).</summary>
    public required byte[] Head { get; init; }
}

internal sealed class LogEntryTable : IEntityTypeConfiguration<LogEntry>
{
    public void Configure(EntityTypeBuilder<LogEntry> entry)
    {
        entry.ToTable("audit_log");
        // Two sequencers that take the same place collide here, and one transaction of the two is undone whole.
        entry.HasKey(e => e.Place);
        entry.Property(e => e.Place).ValueGeneratedNever();
        // One entry, one place.
        entry.HasIndex(e => e.EntryId).IsUnique();
    }
}
