using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Status;

/// <summary>
/// Who publishes what is due. Only so that nodes do not all do the same work: losing it in the middle of signing harms nothing, because
/// two publishers still collide on <see cref="PublishedList.Version"/>.
/// </summary>
internal sealed class PublisherLease
{
    public int Id { get; init; } = 1;

    /// <summary>A process of a node; absent when the last one gave it back.</summary>
    public Guid? Holder { get; set; }

    /// <summary>
    /// Goes up while the holder lives. Whoever waits measures with a stopwatch of its own how long it has stood still: no clock of one
    /// machine is compared with that of another.
    /// </summary>
    public long Beat { get; set; }
}

internal sealed class PublisherLeaseTable : IEntityTypeConfiguration<PublisherLease>
{
    public void Configure(EntityTypeBuilder<PublisherLease> lease)
    {
        lease.ToTable("publisher_lease");
        lease.Property(l => l.Id).ValueGeneratedNever();
    }
}
