using Microsoft.Extensions.Options;

namespace Identity.Server.Web;

/// <summary>Headers that every answer carries. A room that needs another value sets it first; nothing here overrides.</summary>
internal static class SecurityHeaders
{
    private static readonly object FormTargets = new();

    /// <summary>
    /// Lets forms of this page end, through redirects, at <paramref name="target"/>'s origin: browsers hold <c>form-action</c>
    /// against every redirect that follows, so signing in from an application would fail without it. With <paramref name="anyPort"/>
    /// at any port of a loopback address: a native application's is known only when it asks.
    /// </summary>
    public static void AllowFormsTo(this HttpContext context, Uri target, bool anyPort = false)
    {
        // A custom scheme has no origin; the scheme itself is what the policy can name.
        var source = target.Scheme is not ("http" or "https") ? target.Scheme + ":"
            : anyPort && target.IsLoopback ? $"{target.Scheme}://{target.Host}:*"
            : target.GetLeftPart(UriPartial.Authority);
        if (source.AsSpan().ContainsAny(" ;,'\"") || target.UserInfo.Length > 0)
        {
            return;
        }

        context.Items[FormTargets] = $"{context.Items[FormTargets]} {source}";
    }

    public static void Use(WebApplication app)
    {
        var origins = app.Services.GetRequiredService<IOptions<Origins>>().Value;
        string[] pages = [Origins.HostOf(origins.Login), Origins.HostOf(origins.Console)];
        var secure = origins.Login.Scheme == Uri.UriSchemeHttps && !origins.Login.IsLoopback;
        app.Use((context, next) =>
        {
            context.Response.OnStarting(() =>
            {
                Set(context, secure, pages.Contains(context.Request.Host.Value));
                return Task.CompletedTask;
            });
            return next(context);
        });
    }

    private static void Set(HttpContext context, bool secure, bool isOurPageOrigin)
    {
        var headers = context.Response.Headers;
        headers.TryAdd("X-Content-Type-Options", "nosniff");
        headers.TryAdd("Referrer-Policy", "same-origin");
        if (secure)
        {
            headers.TryAdd("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
        }

        // Wallet and verifier are another room's pages with a policy of their own (camera, WebAssembly).
        if (!isOurPageOrigin)
        {
            return;
        }

        headers.TryAdd(
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; "
            + $"frame-ancestors 'none'; form-action 'self'{context.Items[FormTargets]}");
        headers.TryAdd("Permissions-Policy", "camera=(), microphone=(), geolocation=(), publickey-credentials-get=(self), publickey-credentials-create=(self)");
        headers.TryAdd("X-Frame-Options", "DENY");
        if (context.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true)
        {
            // The back button after sign-out, and a shared computer's cache, must not show somebody's account.
            headers.CacheControl = "no-store";
            headers.TryAdd("Cross-Origin-Resource-Policy", "same-origin");
        }
    }
}
