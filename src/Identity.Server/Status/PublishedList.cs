using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Status;

/// <summary>
/// The signed list as the world sees it. Kept in the database so that every node serves the same bytes and a node that starts
/// serves what was published, with or without a signing key.
/// </summary>
internal sealed class PublishedList
{
    public required string List { get; init; }

    /// <summary>Its <c>iat</c> in seconds: strictly greater in every list than in the one before. Two publishers collide here.</summary>
    public required long Version { get; set; }

    /// <summary>It holds every change up to this one, and perhaps later ones.</summary>
    public required long Sequence { get; set; }

    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>The token as CWT.</summary>
    public required byte[] Cwt { get; set; }

    /// <summary>The same statement as JWT.</summary>
    public required byte[] Jwt { get; set; }
}

internal sealed class PublishedListTable : IEntityTypeConfiguration<PublishedList>
{
    public void Configure(EntityTypeBuilder<PublishedList> list)
    {
        list.ToTable("published_lists");
        list.HasKey(l => l.List);
        list.Property(l => l.List).HasMaxLength(16);
        list.Property(l => l.Version).IsConcurrencyToken();
    }
}
