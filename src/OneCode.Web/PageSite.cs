using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace OneCode.Web;

/// <summary>One page application on its origin: its files, the shared modules, its settings and its security headers.</summary>
internal sealed class PageSite
{
    private static readonly Dictionary<string, string> MediaTypes = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".webmanifest"] = "application/manifest+json",
        [".wasm"] = "application/wasm",
    };

    private readonly Dictionary<string, PageFile> files;
    private readonly byte[] settings;
    private readonly string policy;
    private readonly string permissions;
    private readonly bool secure;

    private PageSite(string root, string page, string[] libraries, string[] otherPaths, Uri origin, WebOrigins origins, string scripts, string permissions)
    {
        files = Load(root, page, libraries);
        // A page's other addresses show the same document.
        foreach (var path in otherPaths)
        {
            files[path] = files["/"];
        }

        var login = WebOrigins.TextOf(origins.Login);
        settings = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["issuer"] = login,
            ["wallet"] = WebOrigins.TextOf(origins.Wallet),
            ["verifier"] = WebOrigins.TextOf(origins.Verifier),
            ["cameraReader"] = files.ContainsKey("/vendor/zxing-wasm/reader/zxing_reader.wasm"),
            ["sm2"] = files.ContainsKey("/vendor/noble/curves/abstract/weierstrass.js"),
        });
        // No inline script or style anywhere, and scripts reach no address but their own origin and the server.
        policy = $"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' blob:; media-src 'self' blob:; " +
            $"connect-src 'self' {login}; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
            "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types onecode";
        this.permissions = permissions;
        secure = origin.Scheme == Uri.UriSchemeHttps;
    }

    /// <summary>The verifier page. <c>/c</c> is the address in printed codes: what follows its <c>#</c> never gets here.</summary>
    public static PageSite Verifier(string root, WebOrigins origins) =>
        new(root, "verifier", ["onecode", "shared", "vendor"], ["/c"], origins.Verifier, origins, "'self' 'wasm-unsafe-eval'", "camera=(self), screen-wake-lock=(self), geolocation=(), microphone=()");

    public static PageSite Wallet(string root, WebOrigins origins) =>
        new(root, "wallet", ["onecode", "shared"], [], origins.Wallet, origins, "'self'", "screen-wake-lock=(self), camera=(), geolocation=(), microphone=()");

    public async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        Protect(response.Headers);
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return;
        }

        var path = request.Path.Value ?? "/";
        if (path == "/config.json")
        {
            await SendAsync(context, settings, "application/json");
            return;
        }

        if (!files.TryGetValue(path, out var file))
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        response.Headers.ETag = file.ETag;
        if (request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Tag == file.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        await SendAsync(context, file.Content, file.MediaType);
    }

    private static Task SendAsync(HttpContext context, byte[] content, string mediaType)
    {
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
    }

    private void Protect(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy = policy;
        headers["Permissions-Policy"] = permissions;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Asked again each time: the service worker keeps the files, and a mended flaw must not wait for a cache to age.
        headers.CacheControl = "no-cache";
        if (secure)
        {
            headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";
        }
    }

    /// <summary>
    /// Everything is read once, about a megabyte. So nothing but these exact paths can be asked for, whatever a path
    /// may contain, and the service worker can be given one version for all of it.
    /// </summary>
    private static Dictionary<string, PageFile> Load(string root, string page, string[] libraries)
    {
        var found = new SortedDictionary<string, PageFile>(StringComparer.Ordinal);
        foreach (var (folder, prefix) in libraries.Select(library => (library, $"/{library}/")).Prepend((page, "/")))
        {
            var from = Path.Combine(root, folder);
            if (!Directory.Exists(from))
            {
                // Only vendor/ may be missing: a build without Node.js.
                continue;
            }

            foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            {
                if (MediaTypes.TryGetValue(Path.GetExtension(file), out var mediaType))
                {
                    found[prefix + Path.GetRelativePath(from, file).Replace('\\', '/')] = PageFile.Of(File.ReadAllBytes(file), mediaType);
                }
            }
        }

        if (found.Remove("/index.html", out var index))
        {
            found["/"] = index;
        }

        if (found.Remove("/shared/service-worker.js", out var worker))
        {
            found["/sw.js"] = PageFile.Of([.. AssetList(found), .. worker.Content], worker.MediaType);
        }

        return new Dictionary<string, PageFile>(found, StringComparer.Ordinal);
    }

    // The service worker's first line (the rest is shared/service-worker.js) names every file and their common version: one changed byte anywhere makes the
    // browser fetch them all anew, and never a mixture of two versions.
    private static byte[] AssetList(SortedDictionary<string, PageFile> files)
    {
        var version = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(files.ToDictionary(file => file.Key, file => file.Value.ETag)));
        return
        [
            .. "self.onecodeAssets = "u8,
            .. JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
            {
                ["version"] = Convert.ToHexStringLower(version.AsSpan(0, 8)),
                ["files"] = files.Keys,
            }),
            .. ";\n"u8,
        ];
    }

    private sealed record PageFile(byte[] Content, string MediaType, string ETag)
    {
        public static PageFile Of(byte[] content, string mediaType) =>
            new(content, mediaType, string.Create(CultureInfo.InvariantCulture, $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\""));
    }
}
