using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Accounts.Pages;

[Authorize(LoginSession.Anybody)]
internal sealed class SignOutModel(Sessions sessions) : PageModel
{
    public bool IsDone { get; private set; }

    public IActionResult OnGet(bool done = false)
    {
        IsDone = done;

        // Signed out meanwhile in another tab: there is nothing to ask any more.
        return done || User.Identity is { IsAuthenticated: true } ? Page() : Done();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await sessions.SignOutAsync(HttpContext, cancellationToken);

        // A page of its own address: reloading it must not ask to send a form again.
        return Done();
    }

    private RedirectToPageResult Done() => RedirectToPage(new { done = true });
}
