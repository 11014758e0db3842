using System.Text;
using Identity.Server.Accounts;
using Identity.Server.Web;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients;

/// <summary>
/// Carries a new secret from the form that made it to the page that shows it, sealed and for one reading: answered in place, a
/// reload of the page would make yet another secret.
/// </summary>
internal sealed class ShownOnce(IOptions<Origins> origins, IDataProtectionProvider protection, TimeProvider clock)
{
    private readonly SealedCookie _cookie = new("shown-once", "/developer", TimeSpan.FromMinutes(5), SameSiteMode.Strict, origins.Value.Login, protection, clock);

    public void Put(HttpContext http, string clientId, string secret) => _cookie.Write(http, Encoding.UTF8.GetBytes($"{clientId}\n{secret}"));

    public string? Take(HttpContext http, string clientId)
    {
        if (_cookie.Read(http) is not { } bytes || Encoding.UTF8.GetString(bytes).Split('\n') is not [var id, var secret] || id != clientId)
        {
            return null;
        }

        _cookie.Delete(http);
        return secret;
    }
}
