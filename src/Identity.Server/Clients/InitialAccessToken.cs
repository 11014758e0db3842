using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Clients;

/// <summary>
/// Permission to register clients (RFC 7591 3), given by staff to somebody they know: for so many clients, until a day. Only its
/// digest is kept.
/// </summary>
internal sealed class InitialAccessToken
{
    public required Guid Id { get; init; }

    /// <summary>SHA-256 of 256 random bits: nothing to guess, so nothing slow is needed.</summary>
    public required byte[] Digest { get; init; }

    /// <summary>For whom, in words.</summary>
    public required string Purpose { get; init; }

    public required string IssuedBy { get; init; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; set; }

    public required int UsesLeft { get; set; }

    /// <summary>What registers with it is open to everybody at once: whoever issued the token has answered for it.</summary>
    public bool SkipsReview { get; init; }
}

internal sealed class InitialAccessTokenTable : IEntityTypeConfiguration<InitialAccessToken>
{
    public void Configure(EntityTypeBuilder<InitialAccessToken> token)
    {
        token.ToTable("initial_access_tokens");
        token.Property(t => t.Digest).HasMaxLength(32);
        token.Property(t => t.Purpose).HasMaxLength(200);
        token.Property(t => t.IssuedBy).HasMaxLength(64);
        // "May this one register?", the only question.
        token.HasIndex(t => t.Digest).IsUnique();
    }
}
