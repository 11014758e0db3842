using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpenIddict.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Identity.Server.Connect.Store;

/// <summary>
/// That a person let a client in: all codes and tokens of one sign-in hang on it, and ending it ends them at once. A wallet's
/// grant is a device. The engine's <c>Subject</c> is the account's id, always; clients see a pairwise one.
/// </summary>
internal sealed class OidcGrant : OpenIddictEntityFrameworkCoreAuthorization<Guid, OidcClient, OidcToken>
{
    public Guid? ApplicationId { get; set; }

    /// <summary>The session of the login origin in which it was given.</summary>
    public string? Sid { get; set; }

    /// <summary>Whose account it is; absent for staff.</summary>
    public Guid? PersonId { get; set; }

    /// <summary>Assurance level of that session.</summary>
    public int Level { get; set; }

    /// <summary>When the consent under it ends, and it with it; absent where none was asked.</summary>
    public DateTimeOffset? EndsAt { get; set; }
}

internal sealed class OidcGrantTable : IEntityTypeConfiguration<OidcGrant>
{
    public void Configure(EntityTypeBuilder<OidcGrant> grant)
    {
        new OpenIddictEntityFrameworkCoreAuthorizationConfiguration<OidcGrant, OidcClient, OidcToken, Guid>().Configure(grant);
        grant.ToTable("oidc_grants");
        grant.Property(g => g.Sid).HasMaxLength(32);
        // "Which clients took part in this session?", asked at each sign-in to a portal and when the session ends.
        grant.HasIndex(g => g.Sid);
        // "Whom has this person let in?"
        grant.HasIndex(g => g.Subject);
        // "Which are over?", the pruning's question: devices that stand must not be walked past each time.
        grant.HasIndex(g => g.CreationDate).HasFilter("\"Status\" <> 'valid' OR \"Type\" = 'ad-hoc'");
    }
}
