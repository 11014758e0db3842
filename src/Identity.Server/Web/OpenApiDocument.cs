using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace Identity.Server.Web;

/// <summary>What <c>/openapi/v1.json</c> describes: <c>/api</c> and nothing else. OpenID Connect describes itself by discovery.</summary>
internal static class OpenApiDocument
{
    public static void Configure(OpenApiOptions options)
    {
        options.ShouldInclude = description => description.RelativePath?.StartsWith("api/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, context, _) =>
        {
            var origins = context.ApplicationServices.GetRequiredService<IOptions<Origins>>().Value;
            document.Info = new OpenApiInfo
            {
                Title = "统一身份 · 一码通行 / Identity and one-code API",
                Version = "1",
                Description = "Access tokens of the issuer's OpenID Connect server, scopes `credentials`, `verify` and `clients`; never a cookie. "
                    + "Errors are RFC 9457 problem details with a stable `code`. Writes take an `Idempotency-Key` header; repeating one answers the same (not under `/api/clients`, whose answers hold secrets).",
            };
            document.Servers = [new OpenApiServer { Url = Origins.TextOf(origins.Login) }];
            return Task.CompletedTask;
        });
    }
}
