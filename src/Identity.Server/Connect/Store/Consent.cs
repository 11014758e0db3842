using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Connect.Store;

/// <summary>
/// On what ground an application gets what about a person: what the person allowed, after being told what for, until when; or a duty
/// in law, which nobody is asked about and everybody can see. One that ended stays as history: who got what when.
/// </summary>
internal sealed class Consent
{
    public required Guid Id { get; init; }

    public required Guid AccountId { get; init; }

    public required string ClientId { get; init; }

    /// <summary>Scopes, separated by spaces.</summary>
    public required string Granted { get; init; }

    /// <summary>Optional ones that the person was offered and left out: not asked again until something changes.</summary>
    public required string Declined { get; init; }

    /// <summary>What the person was told, as JSON: who asks, and what each scope is for. When that changes, the answer is no answer any more.</summary>
    public required string Told { get; init; }

    /// <summary>The duty in law; null where the person was asked.</summary>
    public string? LegalGround { get; init; }

    public required DateTimeOffset GivenAt { get; init; }

    /// <summary>Absent with a duty in law.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>The last sign-in under it, to the minute.</summary>
    public required DateTimeOffset LastUsedAt { get; set; }

    /// <summary>When data of the person last went out.</summary>
    public DateTimeOffset? LastToldAt { get; set; }

    /// <summary>Withdrawn, replaced by a newer one, or its application is gone.</summary>
    public DateTimeOffset? EndedAt { get; set; }
}

internal sealed class ConsentTable : IEntityTypeConfiguration<Consent>
{
    public void Configure(EntityTypeBuilder<Consent> consent)
    {
        consent.ToTable("consents");
        consent.Property(c => c.ClientId).HasMaxLength(100);
        consent.Property(c => c.LegalGround).HasMaxLength(300);

        // "May this application have that?", at each sign-in. Of two tabs that answer at once one is first, and the other reads it.
        consent.HasIndex(c => new { c.AccountId, c.ClientId }).IsUnique().HasFilter("\"EndedAt\" IS NULL");

        // "Who got what when?", the person's question.
        consent.HasIndex(c => new { c.AccountId, c.GivenAt });
    }
}
