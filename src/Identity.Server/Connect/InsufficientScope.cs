using OpenIddict.Validation;
using static OpenIddict.Validation.OpenIddictValidationEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect;

/// <summary>A token that is good and lacks the scope is <c>insufficient_scope</c> (RFC 6750 3.1); the engine says <c>insufficient_access</c>, which no specification knows.</summary>
internal sealed class InsufficientScope : IOpenIddictValidationHandler<ProcessChallengeContext>
{
    public static OpenIddictValidationHandlerDescriptor Descriptor { get; } = OpenIddictValidationHandlerDescriptor
        .CreateBuilder<ProcessChallengeContext>()
        .UseSingletonHandler<InsufficientScope>()
        .SetOrder(OpenIddictValidationHandlers.AttachDefaultChallengeError.Descriptor.Order + 500)
        .Build();

    public ValueTask HandleAsync(ProcessChallengeContext context)
    {
        if (context.Response.Error == Errors.InsufficientAccess)
        {
            context.Response.Error = Errors.InsufficientScope;
            context.Response.ErrorDescription = "The access token lacks the scope that this endpoint asks for.";
            context.Response.ErrorUri = null;
        }

        return ValueTask.CompletedTask;
    }
}
