namespace OneCode.Web;

/// <summary>The origins that the pages name: their own, each other's, and the server they talk to.</summary>
internal sealed record WebOrigins(Uri Wallet, Uri Verifier, Uri Login)
{
    /// <summary>As <c>Origin</c> headers and CSP sources spell it: no trailing slash.</summary>
    public static string TextOf(Uri origin) => origin.GetLeftPart(UriPartial.Authority);
}
