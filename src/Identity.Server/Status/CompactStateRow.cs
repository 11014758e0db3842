using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Status;

/// <summary>A state that a later delta begins at, or that somebody may be downloading. A dozen a series.</summary>
internal sealed class CompactStateRow
{
    public required string Series { get; init; }

    public required long Ordinal { get; init; }

    public required long Version { get; init; }

    /// <summary>The state as it is served.</summary>
    public required byte[] Body { get; init; }
}

internal sealed class CompactStateTable : IEntityTypeConfiguration<CompactStateRow>
{
    public void Configure(EntityTypeBuilder<CompactStateRow> state)
    {
        state.ToTable("compact_states");
        state.HasKey(s => new { s.Series, s.Ordinal });
        state.Property(s => s.Series).HasMaxLength(16);
    }
}
