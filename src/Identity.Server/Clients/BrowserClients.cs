using Identity.Server.Web;

namespace Identity.Server.Clients;

/// <summary>Whose scripts may read the token endpoints' answers.</summary>
internal sealed class BrowserClients(ClientDirectory clients) : IBrowserClients
{
    public bool HaveOrigin(string origin) => clients.HasBrowserOrigin(origin);
}
