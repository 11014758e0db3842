using System.Buffers.Text;
using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Identity.Server.Web;

/// <summary>
/// Style sheet, mark and modules, embedded so that the pages look the same wherever the server is hosted. The digest in the
/// address lets browsers keep them for ever and never show an old one.
/// </summary>
internal static class Assets
{
    private const string Prefix = "Identity.Server.Web.Assets.";

    private static readonly FrozenDictionary<string, Asset> All = Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToFrozenDictionary(name => name[Prefix.Length..], Load);

    public static string Url(string name) => $"/assets/{name}?v={All[name].Digest}";

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/assets/{name}", Results<FileContentHttpResult, NotFound> (string name, HttpContext context) =>
        {
            if (!All.TryGetValue(name, out var asset))
            {
                return TypedResults.NotFound();
            }

            context.Response.Headers.CacheControl = context.Request.Query["v"] == asset.Digest ? "public, max-age=31536000, immutable" : "no-cache";
            return TypedResults.Bytes(asset.Content, asset.Type, entityTag: new($"\"{asset.Digest}\""));
        });

    private static Asset Load(string resource)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var type = Path.GetExtension(resource) switch
        {
            ".css" => "text/css; charset=utf-8",
            ".mjs" => "text/javascript; charset=utf-8",
            ".svg" => "image/svg+xml",
            _ => throw new InvalidOperationException($"{resource} has no media type."),
        };
        return new Asset(content, type, Base64Url.EncodeToString(SHA256.HashData(content).AsSpan(0, 9)));
    }

    private sealed record Asset(byte[] Content, string Type, string Digest);
}
