using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Identity.Server.Clients;

/// <summary>
/// A client that somebody registered, beside the configured ones. A removed one keeps its row: its id is never given to another,
/// and nodes that poll see that it has gone.
/// </summary>
internal sealed class RegisteredClient
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { IgnoreReadOnlyProperties = true };

    /// <summary><c>client_id</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The account of whoever registered it; absent where a program did.</summary>
    public Guid? OwnerId { get; init; }

    /// <summary>What is in force, as JSON of <see cref="ClientSettings"/>; never a secret.</summary>
    public required string SettingsJson { get; set; }

    /// <summary>Of a reviewed client: what its owner changed and nobody has looked at yet. It is not in force.</summary>
    public string? ProposedJson { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>What nodes poll by.</summary>
    public required DateTimeOffset ChangedAt { get; set; }

    /// <summary>Goes up with each change, so that two changes at once are one and a conflict.</summary>
    public int Version { get; set; }

    /// <summary>When its owner asked for a review; absent when nothing waits.</summary>
    public DateTimeOffset? RequestedAt { get; set; }

    /// <summary>Since when it is open to everybody.</summary>
    public DateTimeOffset? ReviewedAt { get; set; }

    /// <summary>Who said so, or refused: never its owner.</summary>
    public Guid? ReviewerId { get; set; }

    /// <summary>What the reviewer wants mended, in the reviewer's words.</summary>
    public string? RefusedFor { get; set; }

    public DateTimeOffset? SecretMadeAt { get; set; }

    /// <summary>Until when the secret before this one is still good.</summary>
    public DateTimeOffset? FormerSecretEndsAt { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }

    public ClientSettings Settings => Read(SettingsJson);

    public ClientSettings? Proposed => ProposedJson is null ? null : Read(ProposedJson);

    public static string Write(ClientSettings settings) => JsonSerializer.Serialize(settings, Json);

    private ClientSettings Read(string json)
    {
        var settings = JsonSerializer.Deserialize<ClientSettings>(json, Json)!;
        settings.Id = Id;
        return settings;
    }
}

internal sealed class RegisteredClientTable : IEntityTypeConfiguration<RegisteredClient>
{
    public void Configure(EntityTypeBuilder<RegisteredClient> client)
    {
        client.ToTable("registered_clients");
        client.HasKey(c => c.Id);
        client.Property(c => c.Id).HasMaxLength(64);
        client.Property(c => c.Version).IsConcurrencyToken();
        client.Property(c => c.RefusedFor).HasMaxLength(1000);
        client.Ignore(c => c.Settings);
        client.Ignore(c => c.Proposed);

        // "What has changed since I looked?", asked by each node every second.
        client.HasIndex(c => c.ChangedAt);

        // "Which ones are mine?"
        client.HasIndex(c => c.OwnerId);

        // "What waits for a review, the oldest first?"
        client.HasIndex(c => c.RequestedAt);
    }
}
