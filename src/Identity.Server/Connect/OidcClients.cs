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
    VerifiedSecrets verified,
    TimeProvider clock) : OpenIddictApplicationManager<OidcClient>(cache, logger, options, store)
{
    /// <summary>The secret, or for a while the one before it.</summary>
    public override async ValueTask<bool> ValidateClientSecretAsync(OidcClient application, string secret, CancellationToken cancellationToken = default)
    {
        var former = application is { FormerSecret: { } hash, FormerSecretEndsAt: { } end } && end > clock.GetUtcNow() ? hash : null;

        // Known already: then the present one need not be hashed first, slowly and in vain, at every request until the end.
        return (former is not null && verified.Contains(secret, former))
            || await base.ValidateClientSecretAsync(application, secret, cancellationToken)
            || (former is not null && await ValidateClientSecretAsync(secret, former, cancellationToken));
    }

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
