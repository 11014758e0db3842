using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OneCode;

namespace Identity.Server.Status;

/// <summary>The durable truth about one index that was ever withdrawn or suspended; all others are valid and have no row.</summary>
internal sealed class StatusEntry
{
    public required string List { get; init; }

    public required int Index { get; init; }

    /// <summary>A resumed one stays as a row with <see cref="StatusValue.Valid"/>: that is how the publisher knows it was meant.</summary>
    public required StatusValue Value { get; set; }

    /// <summary>How often it changed. Two changes at once collide here.</summary>
    public required int Version { get; set; }

    public required DateTimeOffset ChangedAt { get; set; }
}

internal sealed class StatusEntryTable : IEntityTypeConfiguration<StatusEntry>
{
    public void Configure(EntityTypeBuilder<StatusEntry> entry)
    {
        entry.ToTable("status_entries");
        // By list first: the publisher and a node that starts read whole lists.
        entry.HasKey(e => new { e.List, e.Index });
        entry.Property(e => e.List).HasMaxLength(16);
        entry.Property(e => e.Index).ValueGeneratedNever();
        entry.Property(e => e.Version).IsConcurrencyToken();
    }
}
