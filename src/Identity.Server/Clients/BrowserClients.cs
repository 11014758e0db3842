using Identity.Server.Web;

namespace Identity.Server.Clients;

/// <summary>
/// Only public clients: a confidential one calls from its server, and a script of its origin has no business with the token endpoint.
/// </summary>
internal sealed class BrowserClients(ClientDirectory clients) : IBrowserClients
{
    public bool HaveOrigin(string origin) => clients.All
        .Where(client => client is { IsPublic: true, Native: false })
        .SelectMany(client => client.RedirectUris)
        .Any(uri => Origins.TextOf(new Uri(uri)) == origin);
}
