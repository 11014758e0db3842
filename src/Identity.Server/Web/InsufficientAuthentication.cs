namespace Identity.Server.Web;

/// <summary>
/// The challenge of RFC 9470: the token is good, the sign-in behind it was not strong enough. A client that understands it sends the
/// person to sign in with these <c>acr_values</c> and comes again.
/// </summary>
internal static class InsufficientAuthentication
{
    /// <summary>The member of a problem that asks for it.</summary>
    public const string Member = "acr_values";

    public static void Challenge(HttpContext http, string acrValues)
    {
        var scheme = http.Request.Headers.Authorization.ToString().StartsWith("DPoP ", StringComparison.OrdinalIgnoreCase) ? "DPoP" : "Bearer";
        http.Response.Headers.WWWAuthenticate =
            $"{scheme} error=\"insufficient_user_authentication\", error_description=\"A sign-in of a higher assurance level is needed.\", acr_values=\"{acrValues}\"";
    }
}
