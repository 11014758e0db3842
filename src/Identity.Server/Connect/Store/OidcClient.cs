using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpenIddict.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Identity.Server.Connect.Store;

/// <summary>A client as the engine keeps it. <c>Clients</c> says what it may do; this row is what grants and tokens hang on.</summary>
internal sealed class OidcClient : OpenIddictEntityFrameworkCoreApplication<Guid, OidcGrant, OidcToken>
{
    /// <summary>Hash of the secret before this one: a client changes over without an hour in which neither works.</summary>
    public string? FormerSecret { get; set; }

    public DateTimeOffset? FormerSecretEndsAt { get; set; }
}

internal sealed class OidcClientTable : IEntityTypeConfiguration<OidcClient>
{
    public void Configure(EntityTypeBuilder<OidcClient> client)
    {
        new OpenIddictEntityFrameworkCoreApplicationConfiguration<OidcClient, OidcGrant, OidcToken, Guid>().Configure(client);
        client.ToTable("oidc_clients");
    }
}
