using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Accounts.Pages;

[Authorize(Policies.SignedIn)]
internal sealed class RecoveryCodesModel(RecoveryCodes recoveryCodes, TimeProvider clock) : PageModel
{
    public IReadOnlyList<string> Codes { get; private set; } = [];

    public IActionResult OnGet() => IsStaff ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!IsStaff)
        {
            return NotFound();
        }

        // A code stands in for the second factor: a session that was left open must not be enough to make some.
        if (!LoginSession.IsFresh(User, clock.GetUtcNow()))
        {
            return Redirect("/sign-in?fresh=true&returnUrl=%2Faccount%2Frecovery-codes");
        }

        Codes = await recoveryCodes.RenewAsync(Caller.Of(User).AccountId!.Value, cancellationToken);
        return Page();
    }

    private bool IsStaff => !User.IsInRole(LoginSession.NameOf(AccountRole.Citizen));
}
