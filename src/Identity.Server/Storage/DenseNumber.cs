using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Storage;

/// <summary>How far a series of dense numbers has been handed out.</summary>
internal sealed class DenseNumber
{
    public required string Name { get; init; }

    /// <summary>The first number that no node has.</summary>
    public long Next { get; set; }
}

internal sealed class DenseNumberTable : IEntityTypeConfiguration<DenseNumber>
{
    public void Configure(EntityTypeBuilder<DenseNumber> number)
    {
        number.ToTable("dense_numbers");
        number.HasKey(n => n.Name);
        number.Property(n => n.Name).HasMaxLength(64);
    }
}
