using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Accounts;

/// <summary>
/// One person in one browser, from sign-in to sign-out. The cookie only names it: what the row says counts, so that ending the row
/// ends the cookie at once, wherever a copy of it is.
/// </summary>
internal sealed class Session
{
    public required Guid Id { get; init; }

    /// <summary>128 random bits; also the <c>sid</c> claim of OpenID Connect, so it stays the same as long as the session lives.</summary>
    public required string Sid { get; init; }

    /// <summary>
    /// Which cookie it answers to: 128 random bits, new at each proof of who one is and with each new password. Whoever has a copy of
    /// an older cookie has nothing.
    /// </summary>
    public required string Key { get; set; }

    public required Guid AccountId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the person last proved who they are: <c>auth_time</c>.</summary>
    public required DateTimeOffset AuthenticatedAt { get; set; }

    /// <summary>Kept to the minute, to spare a write a request.</summary>
    public required DateTimeOffset LastSeenAt { get; set; }

    public required DateTimeOffset ExpiresAt { get; set; }

    /// <summary>
    /// When the sweep next looks whether it has run out. Not moved by being seen, which is once a minute: the sweep moves it, when it
    /// has looked.
    /// </summary>
    public required DateTimeOffset CheckAt { get; set; }

    /// <summary>RFC 8176 names, separated by spaces.</summary>
    public required string Amr { get; set; }

    public required int Level { get; set; }

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
        // Two tabs that prove the same session anew at once: the cookie of the slower would be dead.
        session.Property(s => s.Key).HasMaxLength(32).IsConcurrencyToken();
        session.Property(s => s.EndedAt).IsConcurrencyToken();
        session.Property(s => s.Amr).HasMaxLength(64);
        session.Property(s => s.DeviceLabel).HasMaxLength(100);
        session.HasOne<Account>().WithMany().HasForeignKey(s => s.AccountId).OnDelete(DeleteBehavior.Cascade);

        // "Is this cookie's session alive?", asked by every request of a signed-in browser.
        session.HasIndex(s => s.Sid).IsUnique();

        // "Where is this account signed in?"
        session.HasIndex(s => new { s.AccountId, s.EndedAt });

        // "Which have run out?", the sweep's question. Only the open ones are in it, whatever half a year of ended ones comes to.
        session.HasIndex(s => s.CheckAt).HasFilter("\"EndedAt\" IS NULL");
    }
}
