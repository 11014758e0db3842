using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Status;

/// <summary>
/// A compact series as the world sees it: its newest statement. Kept in the database so that every node serves the same bytes, and a node that
/// starts leads a verifier on from where another left it.
/// </summary>
internal sealed class CompactSeriesRow
{
    public required string Series { get; init; }

    /// <summary>Goes up with every statement. Two publishers collide here.</summary>
    public required long Revision { get; set; }

    /// <summary>The how manieth version it is.</summary>
    public required long Ordinal { get; set; }

    public required byte[] Message { get; set; }
}

internal sealed class CompactSeriesTable : IEntityTypeConfiguration<CompactSeriesRow>
{
    public void Configure(EntityTypeBuilder<CompactSeriesRow> series)
    {
        series.ToTable("compact_series");
        series.HasKey(s => s.Series);
        series.Property(s => s.Series).HasMaxLength(16);
        series.Property(s => s.Revision).IsConcurrencyToken();
    }
}
