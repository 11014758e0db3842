using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Subjects;

/// <summary>A vehicle as its register last described it. It is its VIN; the plate is what it wears today. The owner is not written here: see <see cref="Mandate"/>.</summary>
internal sealed class Vehicle
{
    public required Guid Id { get; init; }

    public required string Vin { get; init; }

    public required string PlateKind { get; set; }

    public required string PlateNumber { get; set; }

    /// <summary>检验有效期止</summary>
    public DateOnly? InspectionEndsOn { get; set; }

    public required SubjectState State { get; set; }

    /// <summary>When the register was last asked.</summary>
    public required DateTimeOffset AsOf { get; set; }
}

internal sealed class VehicleConfiguration : IEntityTypeConfiguration<Vehicle>
{
    public void Configure(EntityTypeBuilder<Vehicle> vehicle)
    {
        vehicle.ToTable("vehicles");
        vehicle.Property(v => v.Vin).HasMaxLength(17);
        vehicle.Property(v => v.PlateKind).HasMaxLength(2);
        vehicle.Property(v => v.PlateNumber).HasMaxLength(8);
        // "Which vehicle is this?"
        vehicle.HasIndex(v => v.Vin).IsUnique();
        // "Which vehicle wears this plate?": kind and number together. Not unique: a plate moves on before both registers say so.
        vehicle.HasIndex(v => new { v.PlateKind, v.PlateNumber });
    }
}
