using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Subjects;

/// <summary>How something was proved. The numbers are stored: never change one.</summary>
internal enum EvidenceMethod
{
    /// <summary>Name and number agree with the population register.</summary>
    RegisterMatch = 1,

    /// <summary>The phone number is registered to the person.</summary>
    PhoneOwned = 2,

    /// <summary>Pictures of both sides of the document, looked at.</summary>
    DocumentPictures = 3,

    /// <summary>Name, number, bank card and phone agree at the bank (四要素).</summary>
    BankCard = 4,

    /// <summary>A live face against the population register. Never the only way to this level.</summary>
    LiveFace = 5,

    /// <summary>The person and the document, at a counter.</summary>
    InPerson = 6,

    /// <summary>国家网络身份认证 (网证): voluntary, equal to the others.</summary>
    NetworkIdentity = 7,
}

/// <summary>
/// Something that was proved about a person, once, by someone. What was answered is kept as a hash only: enough to show later
/// that an answer is the one that was relied on.
/// </summary>
internal sealed class Evidence
{
    public required Guid Id { get; init; }

    public required Guid PersonId { get; init; }

    public required EvidenceMethod Method { get; init; }

    /// <summary>Who says so: a register, a counter's code, <c>sandbox</c>.</summary>
    public required string Source { get; init; }

    public required DateTimeOffset At { get; init; }

    public required byte[] ResultHash { get; init; }
}

internal sealed class EvidenceConfiguration : IEntityTypeConfiguration<Evidence>
{
    public void Configure(EntityTypeBuilder<Evidence> evidence)
    {
        evidence.ToTable("evidence");
        evidence.Property(e => e.Source).HasMaxLength(64);
        evidence.Property(e => e.ResultHash).HasMaxLength(32);
        // "What is proved about this person?", the only question.
        evidence.HasIndex(e => e.PersonId);
    }
}
