using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>
/// One device's right to carry one subject's code of one kind. Durable once, renewed without a trace: the credentials
/// themselves are written nowhere.
/// </summary>
internal sealed class Holding : ICarried
{
    public required Guid Id { get; init; }

    /// <summary>The grant of the wallet on that phone (<c>Caller.DeviceId</c>).</summary>
    public required string DeviceId { get; init; }

    public required Guid AccountId { get; init; }

    /// <summary>Who carries it: the subject, or who acts for it.</summary>
    public required Guid PersonId { get; init; }

    public required CredentialKind Kind { get; init; }

    public required Guid SubjectId { get; init; }

    /// <summary>Dense per kind: what the status indices of its credentials are computed from.</summary>
    public required long Number { get; init; }

    public required CredentialState State { get; set; }

    /// <summary>Suspended by staff: only staff resume it.</summary>
    public bool HeldByStaff { get; set; }

    public string? Reason { get; set; }

    public required DateTimeOffset EnrolledAt { get; init; }

    public required DateTimeOffset ChangedAt { get; set; }

    public CredentialForm Form => CredentialForm.Phone;
}

internal sealed class HoldingConfiguration : IEntityTypeConfiguration<Holding>
{
    public void Configure(EntityTypeBuilder<Holding> holding)
    {
        holding.ToTable("holdings");
        holding.Ignore(h => h.Form);
        holding.Property(h => h.DeviceId).HasMaxLength(64);
        holding.Property(h => h.Reason).HasMaxLength(32);
        // Withdrawing and resuming at the same moment: the second finds the state changed and starts again.
        holding.Property(h => h.State).IsConcurrencyToken();
        // "Which holding does this device renew?" A withdrawn one stays, so that the device cannot enrol around it.
        holding.HasIndex(h => new { h.DeviceId, h.SubjectId, h.Kind }).IsUnique();
        // "Which holding is this status index of?"
        holding.HasIndex(h => new { h.Kind, h.Number }).IsUnique();
        // "What does this person carry, on how many devices?"
        holding.HasIndex(h => h.PersonId);
        // "Who carries this subject's code?", which staff ask.
        holding.HasIndex(h => h.SubjectId);
    }
}
