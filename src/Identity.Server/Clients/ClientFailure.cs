using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Clients;

/// <summary>
/// A request of a client that was refused, for its developer. Alike ones are one row with a count, so a loop that fails all night
/// does not push the interesting one out. Holds no token, no code, no secret, and nobody's name.
/// </summary>
internal sealed class ClientFailure
{
    public const int LongestText = 300;

    public required Guid Id { get; init; }

    public required string ClientId { get; init; }

    /// <summary>The last part of the path: <c>authorize</c>, <c>token</c>.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The OAuth error code.</summary>
    public required string Error { get; init; }

    /// <summary>Our own sentence, as the client got it.</summary>
    public string? Description { get; init; }

    /// <summary>Of what was sent, the part that explains it: the <c>redirect_uri</c> up to its query.</summary>
    public string? Sent { get; init; }

    public required DateTimeOffset FirstAt { get; init; }

    public required DateTimeOffset LastAt { get; set; }

    public int Times { get; set; }
}

internal sealed class ClientFailureTable : IEntityTypeConfiguration<ClientFailure>
{
    public void Configure(EntityTypeBuilder<ClientFailure> failure)
    {
        failure.ToTable("client_failures");
        failure.Property(f => f.ClientId).HasMaxLength(64);
        failure.Property(f => f.Endpoint).HasMaxLength(32);
        failure.Property(f => f.Error).HasMaxLength(64);
        failure.Property(f => f.Description).HasMaxLength(ClientFailure.LongestText);
        failure.Property(f => f.Sent).HasMaxLength(ClientFailure.LongestText);

        // "What went wrong for this client, the newest first?"
        failure.HasIndex(f => new { f.ClientId, f.LastAt });
    }
}
