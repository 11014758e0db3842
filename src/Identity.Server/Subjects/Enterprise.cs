using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Subjects;

/// <summary>An enterprise as its register last described it. All of this is public by law (企业信息公示).</summary>
internal sealed class Enterprise
{
    public required Guid Id { get; init; }

    /// <summary>统一社会信用代码</summary>
    public required string Uscc { get; init; }

    public required string Name { get; set; }

    /// <summary>End of the permitted period (营业期限); absent for most.</summary>
    public DateOnly? EndsOn { get; set; }

    public required SubjectState State { get; set; }

    /// <summary>When the register was last asked.</summary>
    public required DateTimeOffset AsOf { get; set; }
}

internal sealed class EnterpriseConfiguration : IEntityTypeConfiguration<Enterprise>
{
    public void Configure(EntityTypeBuilder<Enterprise> enterprise)
    {
        enterprise.ToTable("enterprises");
        enterprise.Property(e => e.Uscc).HasMaxLength(18);
        enterprise.Property(e => e.Name).HasMaxLength(200);
        // "Which enterprise has this code?"
        enterprise.HasIndex(e => e.Uscc).IsUnique();
    }
}
