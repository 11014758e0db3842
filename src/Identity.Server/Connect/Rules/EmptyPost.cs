using Microsoft.AspNetCore;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect.Rules;

/// <summary>
/// Userinfo by POST with the token in a header has no body, so no type of a body either (OpenID Connect Core 5.3.1); the engine would
/// refuse it for the missing type.
/// </summary>
internal sealed class EmptyPost : IOpenIddictServerHandler<ExtractUserInfoRequestContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ExtractUserInfoRequestContext>()
        .UseSingletonHandler<EmptyPost>()
        .SetOrder(OpenIddictServerAspNetCoreHandlers.ExtractGetOrPostRequest<ExtractUserInfoRequestContext>.Descriptor.Order - 1)
        .Build();

    public ValueTask HandleAsync(ExtractUserInfoRequestContext context)
    {
        var http = context.Transaction.GetHttpRequest()!;
        if (HttpMethods.IsPost(http.Method) && http.ContentType is null && http.ContentLength is null or 0)
        {
            http.ContentType = "application/x-www-form-urlencoded";
        }

        return ValueTask.CompletedTask;
    }
}
