using Identity.Server.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace Identity.Server.Accounts;

/// <summary>
/// An application's sign-in ends, after redirects, at the application, and browsers hold the form's page to that
/// (<see cref="SecurityHeaders.AllowFormsTo"/>). The address is not believed here: it only widens what a form of this page may
/// reach; whether anything is sent there is the authorization endpoint's decision.
/// </summary>
internal static class ReturnTargets
{
    public static void Allow(HttpContext context, string? returnUrl)
    {
        if (!LocalUrl.IsLocal(returnUrl) || returnUrl!.IndexOf('?', StringComparison.Ordinal) is var start && start < 0)
        {
            return;
        }

        if (QueryHelpers.ParseQuery(returnUrl[start..]).TryGetValue("redirect_uri", out var values)
            && values is [{ } text] && Uri.TryCreate(text, UriKind.Absolute, out var target))
        {
            context.AllowFormsTo(target);
        }
    }
}
