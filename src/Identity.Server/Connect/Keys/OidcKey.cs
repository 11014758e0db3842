using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Connect.Keys;

/// <summary>What a key of the ring is for.</summary>
internal enum OidcKeyUse
{
    /// <summary>ES256, its public half in the JWK Set: what leaves the house (identity, access and logout tokens).</summary>
    Signing,

    /// <summary>Symmetric: what only we read (codes, refresh tokens).</summary>
    Own,

    /// <summary>RS256, published too, where a client is configured that reads nothing else (<c>IdTokenAlgorithm</c>).</summary>
    SigningRsa,
}

/// <summary>
/// One key of the ring. It works from <see cref="ActiveFrom"/> until the next generation's; before, it is only announced, afterwards kept
/// until the last of what it made has ended.
/// </summary>
internal sealed class OidcKey
{
    public required Guid Id { get; init; }

    public required OidcKeyUse Use { get; init; }

    /// <summary>1, 2, 3, ...</summary>
    public required int Generation { get; init; }

    public required string KeyId { get; init; }

    /// <summary>The private key, encrypted under a derived secret and bound to use and generation.</summary>
    public required byte[] Sealed { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset ActiveFrom { get; init; }

    /// <summary>It got out: from here on nothing that it ever made counts.</summary>
    public DateTimeOffset? RevokedAt { get; set; }
}

internal sealed class OidcKeyTable : IEntityTypeConfiguration<OidcKey>
{
    public void Configure(EntityTypeBuilder<OidcKey> key)
    {
        key.ToTable("oidc_keys");
        key.Property(k => k.Use).HasConversion<string>().HasMaxLength(16);
        key.Property(k => k.KeyId).HasMaxLength(64);

        // Two nodes that make the next key at the same moment: one collides here and takes the other's.
        key.HasIndex(k => new { k.Use, k.Generation }).IsUnique();
    }
}
