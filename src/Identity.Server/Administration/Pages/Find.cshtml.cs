using Identity.Server.Accounts;
using Identity.Server.Credentials;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using OneCode;

namespace Identity.Server.Administration.Pages;

/// <summary>Find by an exact number, then revoke, suspend or resume for a reason. The number is never in an address: addresses are logged and kept.</summary>
[Authorize(StaffPolicies.ChangesCodes)]
internal sealed class FindModel(FindForStaff find, WithdrawForStaff withdraw, Tripwire tripwire, IStringLocalizer<AdministrationTexts> texts) : PageModel
{
    [BindProperty]
    public CredentialKind Kind { get; set; } = CredentialKind.Person;

    [BindProperty]
    public string? Number { get; set; }

    public IReadOnlyList<FoundCredential>? Found { get; private set; }

    public string? Done { get; private set; }

    private Guid AccountId => Caller.Of(User).AccountId!.Value;

    public static string ToneOf(CredentialState state) => state switch
    {
        CredentialState.InForce => "good",
        CredentialState.Suspended => "warn",
        _ => "bad",
    };

    public void OnGet(StateChange? done) => Done = done is { } change && Enum.IsDefined(change) ? change.ToString() : null;

    public async Task<IActionResult> OnPostFindAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(Number) || !Enum.IsDefined(Kind))
        {
            return Again("number", texts["NumberMissing"]);
        }

        using var turn = await Tripwire.TurnAsync(AccountId, cancellationToken);
        if (!await tripwire.MaySearchAsync(AccountId, cancellationToken))
        {
            return Again("", texts["VolumeRefused"]);
        }

        Found = await find.HandleAsync(Kind, Number.Trim(), AccountEvents.ActorOf(AccountId), cancellationToken);
        return Found is null ? Again("number", texts["NumberWrong"]) : Page();
    }

    public async Task<IActionResult> OnPostChangeAsync(Guid id, StateChange change, string? reason, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid || !Enum.IsDefined(change) || string.IsNullOrEmpty(reason))
        {
            return Again("", texts["ReasonMissing"]);
        }

        using var turn = await Tripwire.TurnAsync(AccountId, cancellationToken);
        if (!await tripwire.MayChangeAsync(AccountId, cancellationToken))
        {
            return Again("", texts["VolumeRefused"]);
        }

        return await withdraw.HandleAsync(id, change, reason, AccountEvents.ActorOf(AccountId), cancellationToken) is { } refusal
            ? Again("", texts["Refused", refusal.Code])
            : RedirectToPage(pageName: null, pageHandler: "", new { done = change });
    }

    private PageResult Again(string field, string text)
    {
        ModelState.Clear();
        ModelState.AddModelError(field, text);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        return Page();
    }
}
