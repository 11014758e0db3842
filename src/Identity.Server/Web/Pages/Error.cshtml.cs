using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Web.Pages;

/// <summary>The page for whatever went wrong. It is shown in place of the page asked for, under that page's address and status.</summary>
[IgnoreAntiforgeryToken]
internal sealed class ErrorModel : PageModel
{
    public string Kind { get; private set; } = "Unknown";

    public string Id { get; private set; } = "";

    public IActionResult OnGet() => Show();

    public IActionResult OnPost() => Show();

    private PageResult Show()
    {
        // Opened by hand it is a page that does not exist.
        if (HttpContext.Features.Get<IExceptionHandlerFeature>() is null && HttpContext.Features.Get<IStatusCodeReExecuteFeature>() is null)
        {
            Response.StatusCode = StatusCodes.Status404NotFound;
        }

        Kind = Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => "Missing",
            StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden => "Forbidden",
            StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => "Busy",
            >= 400 and < 500 => "Bad",
            _ => "Unknown",
        };
        if (Kind == "Busy" && Response.Headers.RetryAfter.Count == 0)
        {
            Response.Headers.RetryAfter = "5";
        }

        Id = Errors.IdOf(HttpContext);
        return Page();
    }
}
