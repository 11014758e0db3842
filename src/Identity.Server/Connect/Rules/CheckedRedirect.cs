using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect.Rules;

/// <summary>
/// Tells the client what was wrong with its request, once we know that it is the client. The engine alone would show every such
/// error to the person, who can do nothing about it.
/// </summary>
internal sealed class CheckedRedirect : IOpenIddictServerHandler<ApplyAuthorizationResponseContext>
{
    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ApplyAuthorizationResponseContext>()
        .UseSingletonHandler<CheckedRedirect>()
        .SetOrder(OpenIddictServerHandlers.Authentication.AttachRedirectUri.Descriptor.Order + 500)
        .Build();

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.Transaction.Properties.TryGetValue(AuthorizationRules.CheckedRedirectUri, out var value) && value is string redirectUri)
        {
            context.RedirectUri = redirectUri;
            if (context.Request?.ResponseMode is { } mode && !context.Options.ResponseModes.Contains(mode))
            {
                // An answer in a form that we do not speak goes out in the plainest one.
                context.Request.ResponseMode = null;
            }

            if (context.Request is { ResponseType: null, ResponseMode: null } request)
            {
                // Without a response_type the engine infers no mode, and would tell the person instead.
                request.ResponseMode = ResponseModes.Query;
            }
        }

        return ValueTask.CompletedTask;
    }
}
