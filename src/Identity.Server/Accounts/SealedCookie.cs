using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Server.Web;
using Microsoft.AspNetCore.DataProtection;

namespace Identity.Server.Accounts;

/// <summary>
/// A few bytes that a browser keeps for us, sealed and with an end that is sealed too: what a browser says about the age of its
/// cookies proves nothing.
/// </summary>
internal sealed class SealedCookie(string name, string path, TimeSpan lasts, SameSiteMode sameSite, Uri origin, IDataProtectionProvider protection, TimeProvider clock)
{
    private const int Longest = 4096;

    private readonly IDataProtector protector = protection.CreateProtector("Accounts.SealedCookie", name);
    private readonly string cookieName = Cookies.NameOf(name, origin);

    public void Write(HttpContext context, ReadOnlySpan<byte> content)
    {
        var sealedBytes = new byte[8 + content.Length];
        BinaryPrimitives.WriteInt64BigEndian(sealedBytes, (clock.GetUtcNow() + lasts).ToUnixTimeMilliseconds());
        content.CopyTo(sealedBytes.AsSpan(8));
        context.Response.Cookies.Append(cookieName, Base64Url.EncodeToString(protector.Protect(sealedBytes)), Options(context, lasts));
    }

    /// <summary>Null for none, somebody else's, a damaged or an old one: to us they are the same.</summary>
    public byte[]? Read(HttpContext context)
    {
        if (context.Request.Cookies[cookieName] is not { Length: > 0 and <= Longest } cookie)
        {
            return null;
        }

        try
        {
            var content = protector.Unprotect(Base64Url.DecodeFromChars(cookie));
            return BinaryPrimitives.ReadInt64BigEndian(content) > clock.GetUtcNow().ToUnixTimeMilliseconds() ? content[8..] : null;
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException)
        {
            return null;
        }
    }

    public void Delete(HttpContext context) => context.Response.Cookies.Delete(cookieName, Options(context, null));

    // "__Host-" cookies must have the path "/"; on loopback a narrower one is only tidier.
    private CookieOptions Options(HttpContext context, TimeSpan? maxAge) => new()
    {
        Path = origin.Scheme == Uri.UriSchemeHttps ? "/" : path,
        HttpOnly = true,
        Secure = context.Request.IsHttps,
        SameSite = sameSite,
        MaxAge = maxAge,
        IsEssential = true,
    };
}
