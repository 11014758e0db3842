using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Connect.Store;

/// <summary>That a client assertion or a DPoP proof was used: a digest of who and which, until it would be too old anyway.</summary>
internal sealed class UsedProof
{
    /// <summary>128 bits of a SHA-256: the same proof has the same id on every node, and inserting it twice fails.</summary>
    public required Guid Id { get; init; }

    public required DateTimeOffset Until { get; init; }
}

internal sealed class UsedProofTable : IEntityTypeConfiguration<UsedProof>
{
    public void Configure(EntityTypeBuilder<UsedProof> proof)
    {
        proof.ToTable("used_proofs");
        proof.Property(p => p.Id).ValueGeneratedNever();
        // "What may be forgotten?", the pruning's only question.
        proof.HasIndex(p => p.Until);
    }
}
