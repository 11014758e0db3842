using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Connect.Logout;

/// <summary>
/// One client that must hear that a session has ended. Written with the end itself, so that a crash in between loses nobody's
/// sign-out; sent by <see cref="LogoutCourier"/>.
/// </summary>
internal sealed class LogoutDelivery
{
    public required Guid Id { get; init; }

    public required string ClientId { get; init; }

    public required Guid AccountId { get; init; }

    public required string Sid { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When to try next; whoever tries moves it ahead first, so that no two nodes send at once.</summary>
    public required DateTimeOffset NextTryAt { get; set; }

    public int Tries { get; set; }

    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>Set when nobody tries any more: the client did not answer for a day.</summary>
    public DateTimeOffset? GivenUpAt { get; set; }

    /// <summary>The last answer, for whoever runs the client: a status code or the kind of failure.</summary>
    public string? LastAnswer { get; set; }
}

internal sealed class LogoutDeliveryTable : IEntityTypeConfiguration<LogoutDelivery>
{
    public void Configure(EntityTypeBuilder<LogoutDelivery> delivery)
    {
        delivery.ToTable("logout_deliveries");
        delivery.Property(d => d.ClientId).HasMaxLength(100);
        delivery.Property(d => d.Sid).HasMaxLength(32);
        delivery.Property(d => d.LastAnswer).HasMaxLength(100);

        // "What is due?"
        delivery.HasIndex(d => new { d.DeliveredAt, d.GivenUpAt, d.NextTryAt });

        // "What has this client been told lately?"
        delivery.HasIndex(d => new { d.ClientId, d.CreatedAt });
    }
}
