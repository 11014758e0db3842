using Identity.Server.Connect.Store;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using OpenIddict.Core;

namespace Identity.Server.Connect;

/// <summary>The engine's manager of clients; a secret that was right before is not hashed slowly again.</summary>
internal sealed class OidcClients(
    IOpenIddictApplicationCache<OidcClient> cache,
    ILogger<OpenIddictApplicationManager<OidcClient>> logger,
    IOptionsMonitor<OpenIddictCoreOptions> options,
    IOpenIddictApplicationStore<OidcClient> store,
    VerifiedSecrets verified) : OpenIddictApplicationManager<OidcClient>(cache, logger, options, store)
{
    protected override async ValueTask<bool> ValidateClientSecretAsync(string secret, string comparand, CancellationToken cancellationToken = default)
    {
        if (verified.Contains(secret, comparand))
        {
            return true;
        }

        var right = await base.ValidateClientSecretAsync(secret, comparand, cancellationToken);
        if (right)
        {
            verified.Remember(secret, comparand);
        }

        return right;
    }
}
