using System.Globalization;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Accounts.Pages;

[EnableRateLimiting(RateLimits.SignIn)]
internal sealed class SignInModel(SignIn signIn, SecondStep secondStep, Passkeys passkeys, Sessions sessions, SignInReasons reasons, IStringLocalizer<AccountsTexts> texts) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    /// <summary>Asks again although somebody is signed in: before something weighty, or because an application wants it.</summary>
    [BindProperty(SupportsGet = true)]
    public bool Fresh { get; set; }

    /// <summary>A sealed <see cref="SignInReason"/>.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Why { get; set; }

    public SignInReason? Reason => reasons.Open(Why);

    [BindProperty]
    public string? UserName { get; set; }

    [BindProperty]
    public string? Password { get; set; }

    public async Task<IActionResult> OnGetAsync()
    {
        var present = await HttpContext.AuthenticateAsync(LoginSession.Scheme);
        if (present.Succeeded && !Fresh)
        {
            // Signed in meanwhile in another tab, or came back with the back button.
            return Redirect(LocalUrl.Of(ReturnUrl));
        }

        UserName = present.Principal?.Identity?.Name;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(UserName) || string.IsNullOrEmpty(Password))
        {
            return Again(
                (string.IsNullOrWhiteSpace(UserName), "userName", texts["UserNameMissing"]),
                (string.IsNullOrEmpty(Password), "password", texts["PasswordMissing"]));
        }

        return await signIn.HandleAsync(HttpContext, UserName, Password, cancellationToken) switch
        {
            SignIn.Outcome.Right right => await ArriveAsync(right.Account, [Amr.Password], cancellationToken),
            SignIn.Outcome.TooMany tooMany => Wait(tooMany.Wait),
            _ => Again((true, "password", texts["SignInWrong"])),
        };
    }

    public async Task<IActionResult> OnPostPasskeyOptionsAsync() => Content(await passkeys.ChallengeAsync(HttpContext), "application/json");

    public async Task<IActionResult> OnPostPasskeyAsync(string? credential, CancellationToken cancellationToken)
    {
        var account = credential is { Length: > 0 and < 32 * 1024 } ? await passkeys.SignInAsync(HttpContext, credential) : null;
        return account is null ? Again((true, "", texts["PasskeyRefused"])) : await ArriveAsync(account, [Amr.Passkey, Amr.MultiFactor], cancellationToken);
    }

    private async Task<IActionResult> ArriveAsync(Account account, IReadOnlyList<string> amr, CancellationToken cancellationToken)
    {
        if (account.IsStaff && !amr.Contains(Amr.MultiFactor))
        {
            secondStep.Begin(HttpContext, account);
            return RedirectToPage("/Accounts/Pages/SecondStep", new { returnUrl = LocalUrl.Of(ReturnUrl) });
        }

        await sessions.StartAsync(HttpContext, account, amr, cancellationToken);
        return Redirect(LocalUrl.Of(ReturnUrl));
    }

    private PageResult Wait(TimeSpan wait)
    {
        Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var page = Again((true, "", texts["TooMany", Waiting.InWords(wait, texts)]));
        Response.StatusCode = StatusCodes.Status429TooManyRequests;
        return page;
    }

    private PageResult Again(params (bool Holds, string Field, string Text)[] errors)
    {
        ModelState.Clear();
        foreach (var (_, field, text) in errors.Where(error => error.Holds))
        {
            ModelState.AddModelError(field, text);
        }

        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
