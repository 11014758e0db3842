using System.Text.Json.Nodes;
using Identity.Server.Web;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Identity.Server.Trust;

/// <summary>
/// <c>GET /.well-known/onecode-configuration</c>: where everything is, so that nobody needs a fixed path; and <c>GET /trust/list</c>,
/// the signed list itself; and <c>GET /trust/roots</c>, how the root keys changed. All are public and worth nothing without the roots that a verifier keeps from a trusted moment.
/// </summary>
internal static class Metadata
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/.well-known/onecode-configuration", (HttpContext context, TrustListSource trust, IOptions<Origins> origins, IOptions<TrustOptions> options) =>
        {
            context.Response.Headers.CacheControl = "public, max-age=300";
            context.Response.Headers.AccessControlAllowOrigin = "*";
            return TypedResults.Json(Of(trust, origins.Value, options.Value));
        });
        routes.MapMethods("/trust/list", [HttpMethods.Get, HttpMethods.Head], ServeList);
        routes.MapGet("/trust/roots", Results<FileContentHttpResult, NotFound> (HttpContext context, TrustListSource trust) =>
        {
            context.Response.Headers.AccessControlAllowOrigin = "*";
            context.Response.Headers.CacheControl = "public, max-age=900";
            return trust.RootChanges is { } changes ? TypedResults.Bytes(changes, "application/cbor-seq") : TypedResults.NotFound();
        });
    }

    private static FileContentHttpResult ServeList(HttpContext context, TrustListSource trust, IOptions<TrustOptions> options)
    {
        var current = trust.Current;
        context.Response.Headers.AccessControlAllowOrigin = "*";
        // A withdrawn key must reach verifiers within the hour, whatever the list's own ttl.
        context.Response.Headers.CacheControl = $"public, max-age={(int)Math.Min(options.Value.TrustListTtl.TotalSeconds, 900)}";
        return TypedResults.Bytes(
            current.Signed, "application/cose; cose-type=\"cose-sign\"", lastModified: current.List.Content.IssuedAt,
            entityTag: Microsoft.Net.Http.Headers.EntityTagHeaderValue.Parse(TrustListSource.EtagOf(current.Signed)));
    }

    private static JsonObject Of(TrustListSource trust, Origins origins, TrustOptions options)
    {
        var login = Origins.TextOf(origins.Login);
        return new JsonObject
        {
            ["issuer"] = login,
            ["region"] = options.Region,
            ["trust_roots"] = JsonNode.Parse(trust.Current.RootsJson),
            ["trust_list_uri"] = login + "/trust/list",
            ["root_changes_uri"] = login + "/trust/roots",
            ["status_list_uri_template"] = trust.StatusUriTemplate,
            ["status_list_aggregation_uri"] = trust.StatusAggregationUri,
            // The same by the name that the Token Status List draft gives it.
            ["status_list_aggregation_endpoint"] = trust.StatusAggregationUri,
            ["snapshot_uri"] = login + "/status/snapshot",
            ["compact_status_uri"] = trust.StatusAggregationUri + "/compact",
            ["verification_endpoint"] = login + "/api/verify",
            ["credential_endpoint"] = login + "/api/credentials",
            ["nonce_endpoint"] = login + "/api/nonce",
            ["verifier_page"] = Origins.TextOf(origins.Verifier) + "/",
            ["wallet_page"] = Origins.TextOf(origins.Wallet) + "/",
        };
    }
}
