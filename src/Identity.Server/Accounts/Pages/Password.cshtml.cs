using System.Security.Claims;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Accounts.Pages;

[Authorize(Policies.SignedIn)]
internal sealed class PasswordModel(ChangePassword changePassword, Sessions sessions, IStringLocalizer<AccountsTexts> texts) : PageModel
{
    [BindProperty]
    public string? Present { get; set; }

    [BindProperty]
    public string? Wanted { get; set; }

    [BindProperty]
    public bool EndOthers { get; set; }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var accountId = Caller.Of(User).AccountId!.Value;
        switch (await changePassword.HandleAsync(HttpContext, accountId, Present ?? "", Wanted ?? "", cancellationToken))
        {
            case ChangePassword.Outcome.PresentWrong:
                return Again("present", texts["PasswordPresentWrong"]);
            case ChangePassword.Outcome.TooMany tooMany:
                return Again("present", texts["TooMany", Waiting.InWords(tooMany.Wait, texts)]);
            case ChangePassword.Outcome.NewRefused refused:
                return Again("wanted", texts["Password" + refused.Breach]);
        }

        if (EndOthers)
        {
            await sessions.EndOthersAsync(accountId, User.FindFirstValue(LoginSession.SidClaim)!, cancellationToken);
        }

        return RedirectToPage("/Accounts/Pages/Account", new { done = "Password" });
    }

    private PageResult Again(string field, string text)
    {
        ModelState.Clear();
        ModelState.AddModelError(field, text);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
