using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Accounts.Pages;

internal sealed class SignOutModel(Sessions sessions) : PageModel
{
    public bool IsDone { get; private set; }

    // Signed out meanwhile in another tab: there is nothing to ask any more.
    public async Task OnGetAsync(bool done = false) => IsDone = done || !(await HttpContext.AuthenticateAsync(LoginSession.Scheme)).Succeeded;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await sessions.SignOutAsync(HttpContext, cancellationToken);

        // A page of its own address: reloading it must not ask to send a form again.
        return RedirectToPage(new { done = true });
    }
}
