using System.Security.Cryptography;
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
    SecretHashes hashes,
    TimeProvider clock) : OpenIddictApplicationManager<OidcClient>(cache, logger, options, store)
{
    // A well-formed hash of nothing that anybody could say.
    private static string? nobodys;

    private bool hashed;

    /// <summary>
    /// After a refusal that looked at no secret, the work of looking at one: or the time that an answer takes tells which clients there are.
    /// One of these lives as long as its request.
    /// </summary>
    public async ValueTask HashInVainAsync(string secret, CancellationToken cancellationToken)
    {
        if (!hashed)
        {
            nobodys ??= await ObfuscateClientSecretAsync(Convert.ToHexString(RandomNumberGenerator.GetBytes(32)), cancellationToken);
            await ValidateClientSecretAsync(secret, nobodys, cancellationToken);
        }
    }

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

        hashed = true;
        hashes.Count();
        var right = await base.ValidateClientSecretAsync(secret, comparand, cancellationToken);
        if (right)
        {
            verified.Remember(secret, comparand);
        }

        return right;
    }
}
