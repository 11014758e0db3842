using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Accounts.Pages;

internal sealed class SignOutModel(Sessions sessions) : PageModel
{
    public bool IsDone { get; private set; }

    public void OnGet(bool done = false) => IsDone = done;

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        await sessions.SignOutAsync(HttpContext, cancellationToken);

        // A page of its own address: reloading it must not ask to send a form again.
        return RedirectToPage(new { done = true });
    }
}
