using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using OpenIddict.Validation;

namespace Identity.Server.Connect.Keys;

/// <summary>One key, opened.</summary>
internal sealed record RingKey(OidcKeyUse Use, int Generation, string KeyId, DateTimeOffset ActiveFrom, SigningCredentials Signing, EncryptingCredentials? Encrypting);

/// <summary>
/// The keys that this process works with. Which one signs is asked at each token and answered by the clock, so nothing has to happen at
/// the moment when the next one takes over. The engine is told anew only when keys come or go; it reads its options for each request.
/// </summary>
internal sealed class OidcKeyRing(
    IOptionsMonitorCache<OpenIddictServerOptions> server, IOptionsMonitorCache<OpenIddictValidationOptions> validation, TimeProvider clock)
{
    private RingKey[] _keys = [];
    private long _version;

    /// <summary>Another one whenever keys came or went.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>All that count: announced, working, kept until what they made has ended. The one that works comes first.</summary>
    public IReadOnlyList<RingKey> Of(OidcKeyUse use)
    {
        var keys = Volatile.Read(ref _keys);
        if (keys.Length == 0)
        {
            throw new InvalidOperationException("The ring of OpenID Connect keys has not been read.");
        }

        if (use == OidcKeyUse.SigningRsa && !keys.Any(key => key.Use == use))
        {
            return [];
        }

        var active = ActiveOf(keys, use);
        return [active, .. keys.Where(key => key.Use == use && key != active)];
    }

    /// <summary>The key that works now.</summary>
    public RingKey Active(OidcKeyUse use) => ActiveOf(Volatile.Read(ref _keys), use);

    public bool Holds(IEnumerable<string> keyIds) => Volatile.Read(ref _keys).Select(key => key.KeyId).SequenceEqual(keyIds);

    public void Replace(IEnumerable<RingKey> keys)
    {
        Volatile.Write(ref _keys, [.. keys]);

        // In this order: the second is made from the first.
        server.TryRemove(Options.DefaultName);
        validation.TryRemove(Options.DefaultName);

        // Last: whoever writes a document under this number writes it from the new options.
        Interlocked.Increment(ref _version);
    }

    /// <summary>The newest whose time has come. Where the clock is behind the first one's birth, the first: there is no other.</summary>
    private RingKey ActiveOf(RingKey[] keys, OidcKeyUse use)
    {
        var now = clock.GetUtcNow();
        RingKey? active = null;
        foreach (var key in keys)
        {
            if (key.Use == use && (active is null || (key.ActiveFrom <= now && key.Generation > active.Generation)))
            {
                active = key;
            }
        }

        return active ?? throw new InvalidOperationException("The ring of OpenID Connect keys has not been read.");
    }
}
