using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Connect;

/// <summary>
/// Remembers, in the address that a person comes back to, since when a sign-in counts as new. Without it <c>prompt=login</c> would
/// ask for ever, or would have to be cut out of the address, where the person could cut it out too.
/// </summary>
internal sealed class FreshSignIn(IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>The parameter; no specification knows it.</summary>
    public const string Parameter = "onecode_since";

    private static readonly TimeSpan GoodFor = TimeSpan.FromMinutes(30);

    private readonly IDataProtector _protector = protection.CreateProtector("Connect.FreshSignIn");

    public string Mark() => _protector.Protect(clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    /// <summary>Whether <paramref name="authTime"/> is a sign-in that this mark asked for.</summary>
    public bool IsMet(string? mark, DateTimeOffset authTime)
    {
        if (mark is not { Length: > 0 })
        {
            return false;
        }

        try
        {
            var since = DateTimeOffset.FromUnixTimeSeconds(long.Parse(_protector.Unprotect(mark), CultureInfo.InvariantCulture));
            return authTime >= since && clock.GetUtcNow() - since < GoodFor;
        }
        catch (CryptographicException)
        {
            // Not our mark, or one from before the keys changed: ask again.
            return false;
        }
    }
}
