using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Accounts;

/// <summary>Guesses made in one lane (<see cref="Attempts"/>). Times are milliseconds since 1970: the row is changed by statements, not objects.</summary>
internal sealed class AttemptCounter
{
    /// <summary>Hash of the lane: the table must not be a list of names that somebody tried.</summary>
    public required byte[] Lane { get; init; }

    public required int Failures { get; init; }

    public required long LastAt { get; init; }

    public required long OpenAt { get; init; }
}

internal sealed class AttemptCounterConfiguration : IEntityTypeConfiguration<AttemptCounter>
{
    public void Configure(EntityTypeBuilder<AttemptCounter> counter)
    {
        counter.ToTable("attempt_counters");

        // "May this lane guess again?", the only question.
        counter.HasKey(c => c.Lane);
        counter.Property(c => c.Lane).HasColumnName("lane").HasMaxLength(32);
        counter.Property(c => c.Failures).HasColumnName("failures");
        counter.Property(c => c.LastAt).HasColumnName("last_at");
        counter.Property(c => c.OpenAt).HasColumnName("open_at");

        // "Which counters are so old that they may go?"
        counter.HasIndex(c => c.LastAt);
    }
}
