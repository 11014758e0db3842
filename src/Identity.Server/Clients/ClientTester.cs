using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Clients;

/// <summary>
/// Somebody who may try a client that nobody has reviewed. Named by the developer under any name, there or not, so that nobody
/// learns which accounts exist; counts once that person has agreed, or a developer could name a stranger and read who that is.
/// </summary>
internal sealed class ClientTester
{
    public required Guid Id { get; init; }

    public required string ClientId { get; init; }

    /// <summary>As the developer wrote it.</summary>
    public required string UserName { get; init; }

    /// <summary>As accounts are looked up by.</summary>
    public required string LookupName { get; init; }

    public required DateTimeOffset AddedAt { get; init; }

    /// <summary>The account that agreed.</summary>
    public Guid? AccountId { get; set; }

    public DateTimeOffset? AgreedAt { get; set; }
}

internal sealed class ClientTesterTable : IEntityTypeConfiguration<ClientTester>
{
    public void Configure(EntityTypeBuilder<ClientTester> tester)
    {
        tester.ToTable("client_testers");
        tester.Property(t => t.ClientId).HasMaxLength(64);
        tester.Property(t => t.UserName).HasMaxLength(300);
        tester.Property(t => t.LookupName).HasMaxLength(300);

        // "Who may try this client?" One name, once.
        tester.HasIndex(t => new { t.ClientId, t.LookupName }).IsUnique();

        // "Who wants me to try something?"
        tester.HasIndex(t => t.LookupName);
    }
}
