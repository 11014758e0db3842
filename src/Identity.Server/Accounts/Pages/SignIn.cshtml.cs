using Identity.Server.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Accounts.Pages;

internal sealed class SignInModel(SignIn signIn, Sessions sessions) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    [BindProperty]
    public string? UserName { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await signIn.HandleAsync(UserName ?? "", Password ?? "", cancellationToken) is not { } account)
        {
            ModelState.AddModelError("", "wrong");
            return Page();
        }

        await sessions.StartAsync(HttpContext, account, [Amr.Password], cancellationToken);
        return LocalRedirect(LocalUrl.Of(ReturnUrl));
    }
}
