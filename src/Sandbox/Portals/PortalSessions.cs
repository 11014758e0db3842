using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;

namespace Sandbox.Portals;

/// <summary>
/// Keeps a portal's sessions on its own side: the cookie holds only a key. That is what lets a logout token end a session of a
/// browser that is not there.
/// </summary>
internal sealed class PortalSessions : ITicketStore
{
    private readonly ConcurrentDictionary<string, AuthenticationTicket> _tickets = new();

    public Task<string> StoreAsync(AuthenticationTicket ticket)
    {
        var key = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _tickets[key] = ticket;
        return Task.FromResult(key);
    }

    public Task RenewAsync(string key, AuthenticationTicket ticket)
    {
        _tickets[key] = ticket;
        return Task.CompletedTask;
    }

    public Task<AuthenticationTicket?> RetrieveAsync(string key) => Task.FromResult(_tickets.GetValueOrDefault(key));

    public Task RemoveAsync(string key)
    {
        _tickets.TryRemove(key, out _);
        return Task.CompletedTask;
    }

    /// <summary>Ends the sessions that carry this <c>sid</c>, or all of this <c>sub</c> when no <c>sid</c> is named.</summary>
    public int End(string? sid, string? sub)
    {
        var ended = 0;
        foreach (var (key, ticket) in _tickets)
        {
            var matches = sid is not null ? ticket.Principal.FindFirst("sid")?.Value == sid : ticket.Principal.FindFirst("sub")?.Value == sub;
            if (matches && _tickets.TryRemove(key, out _))
            {
                ended++;
            }
        }
        return ended;
    }
}
