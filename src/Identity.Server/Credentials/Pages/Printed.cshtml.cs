using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;

namespace Identity.Server.Credentials.Pages;

/// <summary>The sheet to print: card, shop window or sticker, with the picture in its physical size.</summary>
[Authorize(Policies.SignedIn)]
internal sealed class PrintedModel(ShowPrinted show, IOptions<Origins> origins) : PageModel
{
    public PrintedSheet? Sheet { get; private set; }

    public string? Key { get; private set; }

    public string LostAddress => Origins.TextOf(origins.Value.Login) + "/account/lost";

    public async Task<IActionResult> OnGetAsync(Guid id, string? key, CancellationToken cancellationToken)
    {
        Key = key;
        Sheet = await show.FindAsync(Caller.Of(User), id, key, cancellationToken);
        if (Sheet is null)
        {
            Response.StatusCode = StatusCodes.Status404NotFound;
        }

        return Page();
    }
}
