using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OneCode;

namespace Identity.Server.Credentials;

/// <summary>
/// A paper form: card, shop window, sticker. The row is committed before the signature exists, so that a crash in between leaves a
/// code that can be withdrawn and never one that nobody knows of.
/// </summary>
internal sealed class PrintedCredential : ICarried
{
    public required Guid Id { get; init; }

    public required Guid AccountId { get; init; }

    /// <summary>Who had it printed.</summary>
    public required Guid PersonId { get; init; }

    public required CredentialKind Kind { get; init; }

    public required Guid SubjectId { get; init; }

    public required string StatusList { get; init; }

    public required int StatusIndex { get; init; }

    public required byte[] KeyId { get; init; }

    /// <summary>SHA-256 of the exact bytes that the signer was asked to sign.</summary>
    public required byte[] ToBeSignedHash { get; init; }

    public required CredentialState State { get; set; }

    /// <summary>Suspended by staff: only staff resume it.</summary>
    public bool HeldByStaff { get; set; }

    public string? Reason { get; set; }

    public required DateTimeOffset IssuedAt { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    public required DateTimeOffset ChangedAt { get; set; }

    public CredentialForm Form => CredentialForm.Paper;

    public StatusReference Status => new(StatusList, StatusIndex);
}

internal sealed class PrintedCredentialConfiguration : IEntityTypeConfiguration<PrintedCredential>
{
    public void Configure(EntityTypeBuilder<PrintedCredential> printed)
    {
        printed.ToTable("printed_credentials");
        printed.Ignore(p => p.Status);
        printed.Ignore(p => p.Form);
        printed.Property(p => p.StatusList).HasMaxLength(16);
        printed.Property(p => p.KeyId).HasMaxLength(8);
        printed.Property(p => p.ToBeSignedHash).HasMaxLength(32);
        printed.Property(p => p.Reason).HasMaxLength(32);
        printed.Property(p => p.State).IsConcurrencyToken();
        // One index, one credential, for ever: reusing an index would withdraw a stranger's code.
        printed.HasIndex(p => new { p.StatusList, p.StatusIndex }).IsUnique();
        // "What has this person had printed that is still good?"
        printed.HasIndex(p => new { p.PersonId, p.ExpiresAt });
        // "What is in force for this subject?", which staff ask.
        printed.HasIndex(p => p.SubjectId);
    }
}
