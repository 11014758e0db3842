using Identity.Server.Accounts;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Administration.Pages;

/// <summary>
/// The security officer's page: find an account by its exact name, end sessions and devices, disable it. Names are never in an address:
/// addresses are logged and kept.
/// </summary>
[Authorize(StaffPolicies.GuardsAccess)]
internal sealed class AccountsModel(
    FindAccount find, Sessions sessions, EndGrant endGrant, DisableAccount disable, EnableAccount enable, Tripwire tripwire, IStringLocalizer<AdministrationTexts> texts) : PageModel
{
    public static readonly IReadOnlyList<string> Reasons = ["holder_request", "lost", "misuse", "court_order", "left_office"];

    private static readonly string[] Endings = ["Session", "Grant", "Disabled", "Enabled"];

    [BindProperty]
    public string? UserName { get; set; }

    public FoundAccount? Found { get; private set; }

    public string? Done { get; private set; }

    private Guid SelfId => Caller.Of(User).AccountId!.Value;

    private string Actor => AccountEvents.ActorOf(SelfId);

    public async Task<IActionResult> OnPostFindAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(UserName) || UserName.Length > UserNames.Longest)
        {
            return Again("userName", texts["AccountNameMissing"]);
        }

        using var turn = await Tripwire.TurnAsync(SelfId, cancellationToken);
        if (!await tripwire.MaySearchAsync(SelfId, cancellationToken))
        {
            return Again("", texts["VolumeRefused"]);
        }

        Found = await find.HandleAsync(UserName.Trim(), Actor, cancellationToken);
        return Found is null ? Again("userName", texts["AccountNotFound"]) : Page();
    }

    public async Task<IActionResult> OnPostEndSessionAsync(Guid accountId, string? sid, CancellationToken cancellationToken)
    {
        await sessions.EndAsync(accountId, [sid ?? ""], Actor, cancellationToken);
        return await ShowAsync(accountId, "Session", cancellationToken);
    }

    public async Task<IActionResult> OnPostEndGrantAsync(Guid accountId, string? id, CancellationToken cancellationToken)
    {
        await endGrant.HandleAsync(accountId, id ?? "", Actor, cancellationToken);
        return await ShowAsync(accountId, "Grant", cancellationToken);
    }

    public Task<IActionResult> OnPostDisableAsync(Guid accountId, string? reason, CancellationToken cancellationToken) =>
        ChangeAsync(accountId, reason, "Disabled", disable.HandleAsync, cancellationToken);

    public Task<IActionResult> OnPostEnableAsync(Guid accountId, string? reason, CancellationToken cancellationToken) =>
        ChangeAsync(accountId, reason, "Enabled", enable.HandleAsync, cancellationToken);

    private async Task<IActionResult> ChangeAsync(
        Guid accountId, string? reason, string ending, Func<Guid, string, string, CancellationToken, Task<bool>> change, CancellationToken cancellationToken)
    {
        if (accountId == SelfId)
        {
            return Again("", texts["NotYourself"]);
        }

        if (reason is null || !Reasons.Contains(reason))
        {
            return Again("", texts["ReasonMissing"]);
        }

        using var turn = await Tripwire.TurnAsync(SelfId, cancellationToken);
        if (!await tripwire.MayChangeAsync(SelfId, cancellationToken))
        {
            return Again("", texts["VolumeRefused"]);
        }

        await change(accountId, reason, Actor, cancellationToken);
        return await ShowAsync(accountId, ending, cancellationToken);
    }

    private async Task<IActionResult> ShowAsync(Guid accountId, string ending, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Found = await find.HandleAsync(accountId, Actor, cancellationToken);
        UserName = Found?.Account.UserName;
        Done = Array.Find(Endings, known => known == ending);
        return Page();
    }

    private PageResult Again(string field, string text)
    {
        ModelState.Clear();
        ModelState.AddModelError(field, text);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
