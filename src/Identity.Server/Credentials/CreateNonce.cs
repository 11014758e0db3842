using Identity.Server.Web;

namespace Identity.Server.Credentials;

/// <summary>POST /api/nonce (OpenID4VCI 1.0, section 7): needs no token and no storage.</summary>
internal static class CreateNonce
{
    public static void Map(IEndpointRouteBuilder api) =>
        api.MapPost("/nonce", (Nonces nonces, HttpContext http) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return TypedResults.Ok(new Answer(nonces.Create()));
        }).RequireRateLimiting(RateLimits.Anonymous).WithName("nonce");

    /// <param name="CNonce">The specification's spelling.</param>
    internal sealed record Answer([property: System.Text.Json.Serialization.JsonPropertyName("c_nonce")] string CNonce);
}
