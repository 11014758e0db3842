using System.Buffers.Text;
using System.Security.Cryptography;
using Identity.Server.Connect.Keys;
using Identity.Server.Web;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Identity.Server.Connect;

/// <summary>
/// Discovery and keys, as the engine wrote them once, until the keys change. Every relying party in the province asks for them, all at
/// once after an outage: they must cost what a static file costs, and nothing when they are the same as before.
/// </summary>
internal sealed class PublishedDocuments(OidcKeyRing ring, IOptions<Origins> origins)
{
    // Where a key is announced hours ahead, a minute is not missed; after an emergency it is as long as a stolen key may still be believed.
    private const string Caching = "public, max-age=60";

    private static readonly string[] Paths = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server", "/.well-known/jwks"];

    private readonly Document?[] _documents = new Document?[Paths.Length];

    public static bool IsFor(HttpContext http) =>
        !http.Request.QueryString.HasValue && Array.IndexOf(Paths, http.Request.Path.Value) >= 0 && (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method));

    public async Task HandleAsync(HttpContext http, RequestDelegate engine)
    {
        var which = Array.IndexOf(Paths, http.Request.Path.Value);

        // What is kept for all must not be made by a request that says who we are in a way of its own.
        if (!origins.Value.IsLogin(http.Request))
        {
            await engine(http);
            return;
        }

        var keys = ring.Version;
        if (Volatile.Read(ref _documents[which]) is not { } document || document.Keys != keys)
        {
            if (await WriteAsync(http, engine, keys) is not { } written)
            {
                return;
            }

            Volatile.Write(ref _documents[which], document = written);
        }

        await AnswerAsync(http, document);
    }

    /// <summary>Lets the engine write it; null where that was no document, and the engine's answer stands.</summary>
    private static async Task<Document?> WriteAsync(HttpContext http, RequestDelegate engine, long keys)
    {
        var body = http.Response.Body;
        var method = http.Request.Method;
        using var written = new MemoryStream();
        try
        {
            http.Response.Body = written;
            http.Request.Method = HttpMethods.Get;
            await engine(http);
        }
        finally
        {
            http.Response.Body = body;
            http.Request.Method = method;
        }

        var bytes = written.ToArray();
        if (http.Response.StatusCode == StatusCodes.Status200OK)
        {
            return new(bytes, new EntityTagHeaderValue('"' + Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, 12)) + '"'), keys);
        }

        await body.WriteAsync(bytes, http.RequestAborted);
        return null;
    }

    private static async Task AnswerAsync(HttpContext http, Document document)
    {
        var response = http.Response;
        response.Headers.CacheControl = Caching;
        response.Headers.Remove(HeaderNames.Pragma);
        response.Headers.Remove(HeaderNames.Expires);
        var answer = TypedResults.Bytes(document.Bytes, "application/json;charset=UTF-8", entityTag: document.Tag);
        await answer.ExecuteAsync(http);
    }

    private sealed record Document(byte[] Bytes, EntityTagHeaderValue Tag, long Keys);
}
