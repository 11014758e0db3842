using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Accounts;

/// <summary>
/// One sign-in of one browser. The cookie only names it: what the row says counts, so that ending the row ends the cookie at
/// once, wherever a copy of it is.
/// </summary>
internal sealed class Session
{
    public required Guid Id { get; init; }

    /// <summary>128 random bits; also the <c>sid</c> claim of OpenID Connect.</summary>
    public required string Sid { get; init; }

    public required Guid AccountId { get; init; }

    /// <summary>When the person last proved who they are: <c>auth_time</c>.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Kept to the minute, to spare a write a request.</summary>
    public required DateTimeOffset LastSeenAt { get; set; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>RFC 8176 names, separated by spaces.</summary>
    public required string Amr { get; init; }

    public required int Level { get; init; }

    /// <summary>Browser and system in words, for the list that the person sees.</summary>
    public required string DeviceLabel { get; init; }

    public DateTimeOffset? EndedAt { get; set; }
}

internal sealed class SessionConfiguration : IEntityTypeConfiguration<Session>
{
    public void Configure(EntityTypeBuilder<Session> session)
    {
        session.ToTable("sessions");
        session.Property(s => s.Sid).HasMaxLength(32);
        session.Property(s => s.Amr).HasMaxLength(64);
        session.Property(s => s.DeviceLabel).HasMaxLength(100);
        session.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountId).OnDelete(DeleteBehavior.Cascade);

        // "Is this cookie's session alive?", asked by every request of a signed-in browser.
        session.HasIndex(s => s.Sid).IsUnique();

        // "Where is this account signed in?"
        session.HasIndex(s => new { s.AccountId, s.EndedAt });
    }
}
