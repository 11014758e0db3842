using Identity.Server.Accounts;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;

namespace Identity.Server.Clients.Pages;

/// <summary>Which developers would like this person to try something. For everybody, developer or not.</summary>
[Authorize(Policies.SignedIn)]
internal sealed class InvitationsModel(ServerDbContext db, Testers testers) : PageModel
{
    public IReadOnlyList<Invitation> Items { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken) =>
        Items = await testers.InvitationsAsync((await AccountAsync(cancellationToken)).LookupName, cancellationToken);

    public async Task<IActionResult> OnPostAsync(Guid invitation, bool agrees, CancellationToken cancellationToken)
    {
        await testers.AnswerAsync(invitation, await AccountAsync(cancellationToken), agrees, cancellationToken);
        return Redirect("/developer/invitations");
    }

    private Task<Account> AccountAsync(CancellationToken cancellationToken)
    {
        var id = Caller.Of(User).AccountId;
        return db.Set<Account>().AsNoTracking().SingleAsync(account => account.Id == id, cancellationToken);
    }
}
