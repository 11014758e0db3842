using System.Security.Claims;
using Identity.Server.Accounts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Administration.Pages;

/// <summary>Ends the whole session, at the login origin too: staff leave a shared desk with one click.</summary>
internal sealed class ConsoleSignOutModel(Sessions sessions) : PageModel
{
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if ((await HttpContext.AuthenticateAsync(ConsoleSession.Scheme)).Principal?.FindFirstValue(LoginSession.SidClaim) is { } sid)
        {
            await sessions.EndAsync(sid, cancellationToken);
        }

        await HttpContext.SignOutAsync(ConsoleSession.Scheme);
        return Redirect("/sign-out");
    }
}
