using Identity.Server.Web;
using Microsoft.Extensions.Options;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace Identity.Server.Connect.Rules;

/// <summary>
/// The issuer is an origin and is spelled as one everywhere: in metadata, tokens, <c>iss</c> parameters and the one-code metadata.
/// The engine would add a slash in some of these places, and issuers are compared as text (RFC 8414 3.3, RFC 9207 2.4).
/// </summary>
internal sealed class IssuerText(IOptions<Origins> origins) :
    IOpenIddictServerHandler<GenerateTokenContext>,
    IOpenIddictServerHandler<ApplyAuthorizationResponseContext>,
    IOpenIddictServerHandler<ApplyConfigurationResponseContext>,
    IOpenIddictServerHandler<ApplyIntrospectionResponseContext>
{
    private const string Issuer = "iss";

    private readonly string _issuer = Origins.TextOf(origins.Value.Login);

    public static IEnumerable<OpenIddictServerHandlerDescriptor> Descriptors { get; } =
    [
        OpenIddictServerHandlerDescriptor.CreateBuilder<GenerateTokenContext>().UseSingletonHandler<IssuerText>().SetOrder(OpenIddictServerHandlers.Protection.AttachTokenMetadata.Descriptor.Order + 500).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyAuthorizationResponseContext>().UseSingletonHandler<IssuerText>().SetOrder(OpenIddictServerHandlers.Authentication.AttachIssuer.Descriptor.Order - 500).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyConfigurationResponseContext>().UseSingletonHandler<IssuerText>().SetOrder(int.MinValue + 100_000).Build(),
        OpenIddictServerHandlerDescriptor.CreateBuilder<ApplyIntrospectionResponseContext>().UseSingletonHandler<IssuerText>().SetOrder(int.MinValue + 100_000).Build(),
    ];

    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        context.SecurityTokenDescriptor.Issuer = _issuer;
        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ApplyAuthorizationResponseContext context)
    {
        if (context.RedirectUri is { Length: > 0 })
        {
            context.Response.Iss = _issuer;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ApplyConfigurationResponseContext context)
    {
        if (context.Error is null)
        {
            context.Response["issuer"] = _issuer;
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask HandleAsync(ApplyIntrospectionResponseContext context)
    {
        if (context.Response.HasParameter(Issuer))
        {
            context.Response[Issuer] = _issuer;
        }

        return ValueTask.CompletedTask;
    }
}
