namespace Identity.Server.Web;

/// <summary>The relying parties that run in a browser: their scripts call the token endpoints from origins of their own.</summary>
internal interface IBrowserClients
{
    /// <param name="origin">As browsers send it: scheme, host, and port unless it is the scheme's own.</param>
    bool HaveOrigin(string origin);
}
