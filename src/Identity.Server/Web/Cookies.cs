namespace Identity.Server.Web;

/// <summary>How every cookie of ours is made.</summary>
internal static class Cookies
{
    /// <summary>
    /// Over HTTPS the name gets <c>__Host-</c>, so that no sibling domain can set it. Plain HTTP exists only on loopback, where
    /// browsers share cookies between ports: the port in the name keeps origins, and a second region, apart.
    /// </summary>
    public static string NameOf(string name, Uri origin) => origin.Scheme == Uri.UriSchemeHttps ? $"__Host-{name}" : $"{name}-{origin.Port}";

    public static void Configure(CookieBuilder cookie, string name, Uri origin, SameSiteMode sameSite = SameSiteMode.Lax)
    {
        cookie.Name = NameOf(name, origin);
        cookie.Path = "/";
        cookie.HttpOnly = true;
        cookie.SameSite = sameSite;
        cookie.SecurePolicy = origin.Scheme == Uri.UriSchemeHttps ? CookieSecurePolicy.Always : CookieSecurePolicy.None;
    }
}
