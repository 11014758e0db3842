using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// One published list: a shard of a block of a group. A group (<c>pd261125</c>: persons' phone credentials that end on
/// that day; <c>em3111</c>: enterprises' printed ones that end in that month) has one block or more, each a range of dense
/// numbers permuted over its own shards. A block never changes its size; a group that outgrows its blocks gets another.
/// </summary>
internal sealed class StatusListRow
{
    /// <summary>The group's name and the shard's number in base 36.</summary>
    public required string Name { get; init; }

    public required string Group { get; init; }

    public required CredentialKind Kind { get; init; }

    /// <summary>The last day (UTC) on which a credential of this list can end.</summary>
    public required DateOnly LastDay { get; init; }

    public required int Shard { get; init; }

    /// <summary>The block's first dense number.</summary>
    public required long BlockFirst { get; init; }

    public required int BlockFirstShard { get; init; }

    public required int BlockShards { get; init; }

    /// <summary>How many changes of this list have been put in order; written by the relay alone.</summary>
    public required long Sequence { get; set; }

    public required DateTimeOffset OpenedAt { get; init; }
}

internal sealed class StatusListTable : IEntityTypeConfiguration<StatusListRow>
{
    public void Configure(EntityTypeBuilder<StatusListRow> list)
    {
        list.ToTable("status_lists");
        list.HasKey(l => l.Name);
        list.Property(l => l.Name).HasMaxLength(16);
        list.Property(l => l.Group).HasMaxLength(16);
        // Two relays that number the same changes collide here.
        list.Property(l => l.Sequence).IsConcurrencyToken();
        // "Which blocks has this group?" and two nodes that open the same block collide.
        list.HasIndex(l => new { l.Group, l.Shard }).IsUnique();
    }
}
