using Identity.Server.Accounts;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Administration.Pages;

/// <summary>Sends each role to its own first page.</summary>
[Authorize(Policies.Staff)]
internal sealed class StartModel : PageModel
{
    public IActionResult OnGet() => Redirect(
        User.IsInRole(LoginSession.NameOf(AccountRole.Operator)) ? "/"
        : User.IsInRole(LoginSession.NameOf(AccountRole.Auditor)) ? "/trail"
        : User.IsInRole(LoginSession.NameOf(AccountRole.Security)) ? "/accounts"
        : "/not-allowed");
}
