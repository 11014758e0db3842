using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpenIddict.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Identity.Server.Connect.Store;

/// <summary>A code or token that was issued: makes codes one-time, refresh tokens rotate and everything revocable.</summary>
internal sealed class OidcToken : OpenIddictEntityFrameworkCoreToken<Guid, OidcClient, OidcGrant>;

internal sealed class OidcTokenTable : IEntityTypeConfiguration<OidcToken>
{
    public void Configure(EntityTypeBuilder<OidcToken> token)
    {
        new OpenIddictEntityFrameworkCoreTokenConfiguration<OidcToken, OidcClient, OidcGrant, Guid>().Configure(token);
        token.ToTable("oidc_tokens");
        // "What has expired?", the pruning's only question.
        token.HasIndex(t => t.ExpirationDate);
    }
}
