using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Status;

/// <summary>A signed step from one version of a series to a later one.</summary>
internal sealed class CompactDeltaRow
{
    public required string Series { get; init; }

    public required long From { get; init; }

    public required long To { get; init; }

    /// <summary>The how manieth version it begins at: what is too old goes by it.</summary>
    public required long FromOrdinal { get; init; }

    public required byte[] Message { get; init; }

    public required byte[] Changes { get; init; }
}

internal sealed class CompactDeltaTable : IEntityTypeConfiguration<CompactDeltaRow>
{
    public void Configure(EntityTypeBuilder<CompactDeltaRow> delta)
    {
        delta.ToTable("compact_deltas");
        // Two publishers that go on from the same version collide here too.
        delta.HasKey(d => new { d.Series, d.From, d.To });
        delta.Property(d => d.Series).HasMaxLength(16);
    }
}
