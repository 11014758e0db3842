using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Accounts.Pages;

[Authorize(Policies.SignedIn)]
internal sealed class RecoveryCodesModel(RecoveryCodes recoveryCodes) : PageModel
{
    public IReadOnlyList<string> Codes { get; private set; } = [];

    public IActionResult OnGet() => IsStaff ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (!IsStaff)
        {
            return NotFound();
        }

        Codes = await recoveryCodes.RenewAsync(Caller.Of(User).AccountId!.Value, cancellationToken);
        return Page();
    }

    private bool IsStaff => !User.IsInRole(LoginSession.NameOf(AccountRole.Citizen));
}
