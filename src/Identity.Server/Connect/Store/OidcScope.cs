using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using OpenIddict.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Identity.Server.Connect.Store;

/// <summary>The engine asks for a table of scopes. Ours are fixed in code, so it stays empty.</summary>
internal sealed class OidcScope : OpenIddictEntityFrameworkCoreScope<Guid>;

internal sealed class OidcScopeTable : IEntityTypeConfiguration<OidcScope>
{
    public void Configure(EntityTypeBuilder<OidcScope> scope)
    {
        new OpenIddictEntityFrameworkCoreScopeConfiguration<OidcScope, Guid>().Configure(scope);
        scope.ToTable("oidc_scopes");
    }
}
