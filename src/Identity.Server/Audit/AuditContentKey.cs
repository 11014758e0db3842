using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Audit;

/// <summary>A key for what is written about one subject. Deleting a subject's keys makes those contents unreadable for ever.</summary>
internal sealed class AuditContentKey
{
    public required Guid Id { get; init; }

    public Guid? SubjectId { get; init; }

    /// <summary>The key, itself protected by the server's data protection keys: a copy of the database opens nothing.</summary>
    public required byte[] ProtectedKey { get; init; }
}

internal sealed class AuditContentKeyTable : IEntityTypeConfiguration<AuditContentKey>
{
    public void Configure(EntityTypeBuilder<AuditContentKey> key)
    {
        key.ToTable("audit_content_keys");
        // "Which keys must go so that this subject is forgotten?"
        key.HasIndex(k => k.SubjectId);
    }
}
