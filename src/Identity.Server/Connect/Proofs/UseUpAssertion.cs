using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;
using Errors = OpenIddict.Abstractions.OpenIddictConstants.Errors;

namespace Identity.Server.Connect.Proofs;

/// <summary>The last step of <see cref="ClientAssertion"/>: each counts once.</summary>
/// <remarks>
/// After the DPoP proof and before anything that the client asks for: a client that is told to use a nonce (RFC 9449 8) may send the same
/// assertion again, which has opened nothing yet.
/// </remarks>
internal sealed class UseUpAssertion(Replays replays) : IOpenIddictServerHandler<ProcessAuthenticationContext>
{
    /// <summary>Of the transaction: the assertion that said the right things.</summary>
    public const string Good = "onecode:assertion";

    public static OpenIddictServerHandlerDescriptor Descriptor { get; } = OpenIddictServerHandlerDescriptor
        .CreateBuilder<ProcessAuthenticationContext>()
        .UseSingletonHandler<UseUpAssertion>()
        .SetOrder(DpopAtServer.AtAuthentication + 100)
        .Build();

    public async ValueTask HandleAsync(ProcessAuthenticationContext context)
    {
        if (context.Transaction.GetProperty<GoodAssertion>(Good) is { } good
            && !await replays.TakeDurablyAsync(good.ClientId, good.Id, good.Until, context.CancellationToken))
        {
            context.Reject(Errors.InvalidClient, "The assertion's jti was used before.");
        }
    }
}
