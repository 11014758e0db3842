using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OneCode;

namespace Identity.Server.Subjects;

/// <summary>Why a person may act for a subject. The numbers are stored: never change one.</summary>
internal enum MandateRole
{
    /// <summary>法定代表人, by the enterprise register's word</summary>
    LegalRepresentative = 1,

    /// <summary>所有人, by the vehicle register's word</summary>
    Owner = 2,
}

/// <summary>
/// That a person may hold the codes of an enterprise or a vehicle. Only a register makes or ends one; nobody claims one.
/// </summary>
internal sealed class Mandate
{
    public required Guid Id { get; init; }

    public required Guid PersonId { get; init; }

    public required CredentialKind Kind { get; init; }

    /// <summary>The enterprise or the vehicle.</summary>
    public required Guid SubjectId { get; init; }

    public required MandateRole Role { get; init; }

    public required DateTimeOffset Since { get; set; }

    /// <summary>When the register last said so.</summary>
    public required DateTimeOffset ConfirmedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }
}

internal sealed class MandateConfiguration : IEntityTypeConfiguration<Mandate>
{
    public void Configure(EntityTypeBuilder<Mandate> mandate)
    {
        mandate.ToTable("mandates");
        // "For whom may this person act?" A mandate that comes back is the same row again; the trail has the story.
        mandate.HasIndex(m => new { m.PersonId, m.SubjectId }).IsUnique();
        // "Who acts for this subject?"
        mandate.HasIndex(m => m.SubjectId);
    }
}
