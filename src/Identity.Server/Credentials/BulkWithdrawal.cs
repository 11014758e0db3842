using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OneCode;

namespace Identity.Server.Credentials;

internal enum BulkState
{
    Running = 1,

    Done = 2,

    /// <summary>By staff, before its end; what was withdrawn stays so.</summary>
    Stopped = 3,
}

/// <summary>
/// Many codes withdrawn for one reason, in small transactions, each of which also moves the cursor: whoever goes on after a crash goes on
/// where the last commit left it, and nothing is done twice or passed over.
/// </summary>
internal sealed class BulkWithdrawal
{
    /// <summary>Given by whoever starts it: starting it again under the same id starts nothing.</summary>
    public required Guid Id { get; init; }

    public required string Actor { get; init; }

    public required string Reason { get; init; }

    /// <summary>Who carries the code, or whom it is about.</summary>
    public Guid? PersonId { get; init; }

    /// <summary>Whose account had it issued.</summary>
    public Guid? AccountId { get; init; }

    /// <summary>The key that signed it. Printed codes only: a phone's are signed anew every day, by whichever key is in use.</summary>
    public byte[]? KeyId { get; init; }

    public CredentialKind? Kind { get; init; }

    /// <summary>Enrolled or printed at this moment or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Enrolled or printed before this moment; at the latest that at which it was started.</summary>
    public required DateTimeOffset Before { get; init; }

    public required BulkState State { get; set; }

    /// <summary>Holdings are through; the cursor is in printed credentials.</summary>
    public bool InPrinted { get; set; }

    /// <summary>The last one looked at.</summary>
    public Guid Cursor { get; set; }

    /// <summary>How many fitted when it was started.</summary>
    public int Total { get; set; }

    public int Withdrawn { get; set; }

    public required DateTimeOffset StartedAt { get; init; }

    public required DateTimeOffset MovedAt { get; set; }

    /// <summary>Two nodes that move the same job collide here.</summary>
    public int Version { get; set; }
}

internal sealed class BulkWithdrawalTable : IEntityTypeConfiguration<BulkWithdrawal>
{
    public void Configure(EntityTypeBuilder<BulkWithdrawal> job)
    {
        job.ToTable("bulk_withdrawals");
        job.Property(j => j.Id).ValueGeneratedNever();
        job.Property(j => j.Actor).HasMaxLength(128);
        job.Property(j => j.Reason).HasMaxLength(32);
        job.Property(j => j.KeyId).HasMaxLength(8);
        job.Property(j => j.Version).IsConcurrencyToken();
        // "What is there to go on with?" and the list of the latest.
        job.HasIndex(j => new { j.State, j.StartedAt });
    }
}
