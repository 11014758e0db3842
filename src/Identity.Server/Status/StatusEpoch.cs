using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Status;

/// <summary>Names this database to the projections of it: what another database left in Redis must never be believed.</summary>
internal sealed class StatusEpoch
{
    public int Id { get; init; } = 1;

    public required Guid Value { get; init; }
}

internal sealed class StatusEpochTable : IEntityTypeConfiguration<StatusEpoch>
{
    public void Configure(EntityTypeBuilder<StatusEpoch> epoch)
    {
        epoch.ToTable("status_epoch");
        epoch.Property(e => e.Id).ValueGeneratedNever();
    }
}
