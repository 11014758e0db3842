using Identity.Server.Web;
using Microsoft.AspNetCore;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect;

/// <summary>
/// OAuth 2.0 Form Post Response Mode. The engine's page rests on an inline script, which our content security policy stops; ours
/// has a script file of this origin and, where scripts are off, a button.
/// </summary>
internal sealed class FormPost : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ApplyAuthorizationResponseContext>()
        .UseSingletonHandler<FormPost>()
        .SetOrder(OpenIddictServerAspNetCoreHandlers.Authentication.ProcessFormPostResponse.Descriptor.Order - 500)
        .Build();

    public async ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        // Without a checked redirect URI the answer is for the person.
        if (string.IsNullOrEmpty(context.RedirectUri) || context.ResponseMode != ResponseModes.FormPost
            || context.Transaction.GetHttpRequest()?.HttpContext is not { } http)
        {
            return;
        }

        http.AllowFormsTo(new Uri(context.RedirectUri));
        var fields = from parameter in context.Response.GetParameters()
                     let value = (string?)parameter.Value
                     where !string.IsNullOrEmpty(value)
                     select KeyValuePair.Create(parameter.Key, value);
        await new View("FormPost", new FormPostModel(context.RedirectUri, [.. fields]), StatusCodes.Status200OK).ExecuteAsync(http);
        context.HandleRequest();
    }
}

internal sealed record FormPostModel(string RedirectUri, IReadOnlyList<KeyValuePair<string, string>> Fields);
