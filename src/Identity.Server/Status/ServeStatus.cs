using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using OneCode;

namespace Identity.Server.Status;

/// <summary>
/// The published lists over HTTP. Static bytes with an ETag: a CDN may stand in front, and nothing here waits for a database,
/// so verifiers go on when everything behind is down.
/// </summary>
internal static class ServeStatus
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/status/{list}", methods, List);
        routes.MapMethods("/status", methods, Aggregation);
        routes.MapMethods("/status/snapshot", methods, Snapshot);
    }

    private static IResult List(string list, HttpContext context, StatusBoard board, IOptions<StatusOptions> options, TimeProvider time)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        if (context.Request.Query.ContainsKey("time"))
        {
            // The draft's historical look-up: who was withdrawn when is nobody's business, and an answer of now would be a wrong one.
            return Problem.Of(StatusCodes.Status501NotImplemented, "no_history", "Status lists of the past are not kept.");
        }

        if (board.Find(list)?.Published is not { } token)
        {
            return Problem.Of(StatusCodes.Status404NotFound, "unknown_status_list", "There is no such list, or everything it was about has ended.");
        }

        context.Response.Headers.Vary = HeaderNames.Accept;
        CacheFor(context, token.Version, options.Value, time);
        var asJwt = AsksForJwt(context.Request);
        return TypedResults.Bytes(
            asJwt ? token.Jwt : token.Cwt, asJwt ? StatusListJwt.MediaType : StatusListToken.MediaType,
            lastModified: DateTimeOffset.FromUnixTimeSeconds(token.Version),
            entityTag: new EntityTagHeaderValue($"\"{token.Version:x}{(asJwt ? "j" : "")}\""));
    }

    private static JsonHttpResult<Lists> Aggregation(HttpContext context, StatusBoard board, TrustListSource trust)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = "public, max-age=60";
        return TypedResults.Json(new Lists([.. board.Lists.Where(list => list.Published is not null).Select(list => list.Name).Order(StringComparer.Ordinal)
            .Select(name => trust.StatusUriTemplate.Replace(TrustedKey.ListPlaceholder, name, StringComparison.Ordinal))]));
    }

    /// <summary>All lists in one download: their tokens one after another (a CBOR sequence, RFC 8742), each verified by itself.</summary>
    private static FileContentHttpResult Snapshot(HttpContext context, StatusBoard board)
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = "public, max-age=60";
        var tokens = board.Lists.OrderBy(list => list.Name, StringComparer.Ordinal).Select(list => list.Published).OfType<PublishedToken>().ToList();
        var bytes = new byte[tokens.Sum(token => token.Cwt.Length)];
        var at = 0;
        foreach (var token in tokens)
        {
            token.Cwt.CopyTo(bytes, at);
            at += token.Cwt.Length;
        }

        return TypedResults.Bytes(
            bytes, "application/cbor-seq", entityTag: new EntityTagHeaderValue('"' + Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, 12)) + '"'));
    }

    // Not the whole ttl: a copy in a cache must not hold back a withdrawal longer than publishing it took.
    private static void CacheFor(HttpContext context, long version, StatusOptions options, TimeProvider time)
    {
        var left = options.Ttl.TotalSeconds - (time.GetUtcNow().ToUnixTimeSeconds() - version);
        context.Response.Headers.CacheControl = $"public, max-age={(int)Math.Clamp(left, 0, options.PublishWithin.TotalSeconds)}";
    }

    private static bool AsksForJwt(HttpRequest request) =>
        request.GetTypedHeaders().Accept.OrderByDescending(type => type.Quality ?? 1)
            .Select(type => type.MediaType.Value)
            .FirstOrDefault(type => type is StatusListJwt.MediaType or StatusListToken.MediaType) == StatusListJwt.MediaType;

    private sealed record Lists([property: JsonPropertyName("status_lists")] IReadOnlyList<string> StatusLists);
}
