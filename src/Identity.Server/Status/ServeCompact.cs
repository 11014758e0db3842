using System.Text.Json.Serialization;
using Identity.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using OneCode;

namespace Identity.Server.Status;

/// <summary>The compact form over HTTP (SPEC 13.5): bytes from memory, states by their digest, so that a broken download goes on and a CDN may stand in front.</summary>
internal static class ServeCompact
{
    public const string MediaType = CompactStatusToken.MediaType;

    public static void Map(IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/status/compact", methods, All);
        routes.MapMethods("/status/compact/{series}", methods, Newest);
        routes.MapMethods("/status/compact/{series}/since/{version:long}", methods, Since);
        routes.MapMethods("/status/compact/state/{digest}", methods, State);
    }

    private static JsonHttpResult<SeriesNames> All(HttpContext context, CompactPublisher publisher)
    {
        Open(context, TimeSpan.FromMinutes(1));
        return TypedResults.Json(new SeriesNames([.. publisher.Series.Select(series => series.Series)]));
    }

    private static IResult Newest(string series, HttpContext context, CompactPublisher publisher, IOptions<StatusOptions> options)
    {
        Open(context, options.Value.PublishWithin);
        return publisher.Find(series)?.Current is { } current
            ? TypedResults.Bytes(current.Message, MediaType, entityTag: new EntityTagHeaderValue($"\"{current.Content.Version:x}-{current.Content.IssuedAt.ToUnixTimeSeconds():x}\""))
            : Unknown();
    }

    private static IResult Since(string series, long version, HttpContext context, CompactPublisher publisher, IOptions<StatusOptions> options)
    {
        Open(context, options.Value.PublishWithin);
        if (publisher.Find(series)?.Since(version) is not { } way)
        {
            return Problem.Of(StatusCodes.Status404NotFound, "no_such_version", "No deltas lead from that version to the newest. Take the snapshot.");
        }

        return TypedResults.Bytes(
            CompactDeltas.Write(way.Select(delta => ((ReadOnlyMemory<byte>)delta.Message, (ReadOnlyMemory<byte>)delta.Changes))), "application/cbor-seq",
            entityTag: new EntityTagHeaderValue($"\"{version:x}-{(way.Count == 0 ? version : way[^1].Version):x}\""));
    }

    private static IResult State(string digest, HttpContext context, CompactPublisher publisher)
    {
        // The name is the content: what is under it never changes.
        Open(context, TimeSpan.FromDays(7), ", immutable");
        return publisher.Body(digest) is { } body
            ? TypedResults.Bytes(body, "application/cbor", enableRangeProcessing: true, entityTag: new EntityTagHeaderValue($"\"{digest}\""))
            : Unknown();
    }

    private static ProblemHttpResult Unknown() => Problem.Of(StatusCodes.Status404NotFound, "unknown_status_series", "There is no such series or state, or it is over.");

    private static void Open(HttpContext context, TimeSpan age, string more = "")
    {
        context.Response.Headers.AccessControlAllowOrigin = "*";
        context.Response.Headers.CacheControl = $"public, max-age={(int)age.TotalSeconds}{more}";
    }

    private sealed record SeriesNames([property: JsonPropertyName("series")] IReadOnlyList<string> Series);
}
