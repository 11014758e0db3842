using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Credentials.Pages;

/// <summary>挂失: withdraws what is on phones and on personal paper, and signs those phones out. Says what it does before it does it.</summary>
[Authorize(Policies.SignedIn)]
internal sealed class LostModel(ListCredentials list, ReportLost lost, IStringLocalizer<CredentialsTexts> texts) : PageModel
{
    /// <summary>Codes that hang somewhere: withdrawn only where ticked.</summary>
    public IReadOnlyList<ListCredentials.Item> Static { get; private set; } = [];

    public Task OnGetAsync(CancellationToken cancellationToken) => LoadAsync(cancellationToken);

    public async Task<IActionResult> OnPostAsync(Guid[] also, bool sure, CancellationToken cancellationToken)
    {
        if (!sure)
        {
            ModelState.AddModelError("sure", texts["LostNotSure"]);
            await LoadAsync(cancellationToken);
            return Page();
        }

        var caller = Caller.Of(User);
        try
        {
            if (await lost.HandleAsync(caller, also, cancellationToken) is (_, { } refusal))
            {
                ModelState.AddModelError("", texts["Problem." + refusal.Code]);
                await LoadAsync(cancellationToken);
                return Page();
            }
        }
        catch (DbUpdateException)
        {
            ModelState.AddModelError("", texts["Problem.try_again"]);
            await LoadAsync(cancellationToken);
            return Page();
        }

        return Redirect("/account/codes?done=Lost");
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (Caller.Of(User) is { PersonId: { } personId } caller)
        {
            Static = [.. (await list.HandleAsync(caller, personId, cancellationToken)).Where(item => item is { Form: "paper", Kind: not "person" })];
        }
    }
}
