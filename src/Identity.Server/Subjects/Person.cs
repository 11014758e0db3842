using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Subjects;

/// <summary>
/// A natural person, known by one identity document. Name and number are sealed (<see cref="IdentityNumbers"/>); read them
/// through <see cref="SubjectDirectory"/>.
/// </summary>
internal sealed class Person
{
    public const string NumberColumn = "person.number";
    public const string NameColumn = "person.name";

    public required Guid Id { get; init; }

    public required DocumentType DocumentType { get; init; }

    /// <summary>Keyed hash of type and number: how the person is found.</summary>
    public required byte[] NumberHash { get; init; }

    public required byte[] NumberSealed { get; init; }

    public required byte[] NameSealed { get; set; }

    public required DateTimeOffset AddedAt { get; init; }

    /// <summary>What has been proved about this person, and how. The level is derived from it, never stored.</summary>
    public List<Evidence> Evidence { get; init; } = [];

    /// <summary>Assurance level at <paramref name="now"/>; needs <see cref="Evidence"/> loaded. Evidence can lapse.</summary>
    public int LevelAt(DateTimeOffset now) => LevelRules.LevelOf(Evidence, now);
}

internal sealed class PersonConfiguration : IEntityTypeConfiguration<Person>
{
    public void Configure(EntityTypeBuilder<Person> person)
    {
        person.ToTable("persons");
        // "Who has this document?", and no document twice.
        person.HasIndex(p => p.NumberHash).IsUnique();
        person.Property(p => p.NumberHash).HasMaxLength(32);
        person.HasMany(p => p.Evidence).WithOne().HasForeignKey(e => e.PersonId);
    }
}
