using System.Globalization;
using Identity.Server.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Accounts.Pages;

[EnableRateLimiting(RateLimits.SignIn)]
internal sealed class SecondStepModel(SecondStep secondStep, Sessions sessions, IStringLocalizer<AccountsTexts> texts) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    [BindProperty]
    public string? Code { get; set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        return await secondStep.FindAsync(HttpContext, cancellationToken) is null ? StartOver() : Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (await secondStep.FindAsync(HttpContext, cancellationToken) is not { } account)
        {
            return StartOver();
        }

        if (string.IsNullOrWhiteSpace(Code))
        {
            return Again(texts["CodeMissing"]);
        }

        if (await secondStep.JudgeAsync(account, Code, cancellationToken) is { } wait)
        {
            if (wait == TimeSpan.Zero)
            {
                return Again(texts["CodeWrong"]);
            }

            Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            var page = Again(texts["TooMany", Waiting.InWords(wait, texts)]);
            Response.StatusCode = StatusCodes.Status429TooManyRequests;
            return page;
        }

        secondStep.End(HttpContext);
        await sessions.StartAsync(HttpContext, account, [Amr.Password, Amr.OneTimeCode, Amr.MultiFactor], cancellationToken);
        return Redirect(LocalUrl.Of(ReturnUrl));
    }

    private RedirectToPageResult StartOver() => RedirectToPage("/Accounts/Pages/SignIn", new { returnUrl = LocalUrl.Of(ReturnUrl) });

    private PageResult Again(string text)
    {
        ModelState.Clear();
        ModelState.AddModelError("code", text);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
