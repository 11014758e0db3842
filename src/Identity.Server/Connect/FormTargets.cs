using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.Server.Connect;

/// <summary>
/// A page on the way to an application (sign-in, a second factor) ends there by redirects, and browsers hold its
/// <c>form-action</c> against each of them. So the page's policy names that application, if it is one of ours.
/// </summary>
internal sealed class FormTargets(ClientDirectory clients) : IAsyncResourceFilter
{
    private const string AuthorizePath = "/connect/authorize?";

    public async Task OnResourceExecutionAsync(ResourceExecutingContext context, ResourceExecutionDelegate next)
    {
        var http = context.HttpContext;
        string? returnUrl = http.Request.Query["returnUrl"];
        if (returnUrl is null && http.Request.HasFormContentType)
        {
            returnUrl = (await http.Request.ReadFormAsync(http.RequestAborted))["returnUrl"];
        }

        if (returnUrl?.StartsWith(AuthorizePath, StringComparison.Ordinal) == true)
        {
            var query = QueryHelpers.ParseQuery(returnUrl[(AuthorizePath.Length - 1)..]);
            if (query.ContainsKey("request_uri"))
            {
                // Pushed: the address does not say where the answer goes, so it may go wherever this client's may.
                foreach (var uri in query.TryGetValue("client_id", out var pusher) ? clients.Find(pusher)?.RedirectUris ?? [] : [])
                {
                    http.AllowFormsTo(new Uri(uri), clients.Find(pusher)!.Native);
                }
            }
            else if (query.TryGetValue("redirect_uri", out var redirect) && Uri.TryCreate(redirect, UriKind.Absolute, out var target)
                && query.TryGetValue("client_id", out var id) && clients.Find(id)?.RedirectUris.Select(uri => new Uri(uri)).FirstOrDefault(uri => uri.Host == target.Host) is { } known)
            {
                // The registered URI's own host; only the port of a native application's loopback is the request's.
                http.AllowFormsTo(known.IsLoopback ? new UriBuilder(known) { Port = target.Port }.Uri : known);
            }
        }

        await next();
    }
}
