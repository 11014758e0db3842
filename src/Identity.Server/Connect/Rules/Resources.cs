using OpenIddict.Abstractions;

namespace Identity.Server.Connect.Rules;

/// <summary>
/// RFC 8707 resource indicators. There is one resource here, this server under its issuer's name, and every token is for it. A client
/// that names another must hear that it will not get one, or it would send ours there.
/// </summary>
internal static class Resources
{
    private const string Parameter = "resource";
    private const string Audience = "audience";
    private const string InvalidTarget = "invalid_target";

    /// <summary>Null when all is well; the parameter has then done its work and is taken out.</summary>
    public static (string Error, string Description)? Fault(OpenIddictRequest request, string issuer)
    {
        if (request.HasParameter(Audience))
        {
            return (InvalidTarget, "audience goes with token exchange (RFC 8693) and with nothing else.");
        }

        if (!request.HasParameter(Parameter))
        {
            return null;
        }

        if (request.GetResources().IsEmpty || request.GetResources().Any(resource => resource != issuer))
        {
            return (InvalidTarget, $"The only resource here is {issuer}.");
        }

        request.RemoveParameter(Parameter);
        return null;
    }
}
