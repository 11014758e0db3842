using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Accounts;
using Identity.Server.Credentials;
using Identity.Server.Storage;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using OneCode;

namespace Identity.Server.Administration.Pages;

/// <summary>Find by an exact number, then revoke, suspend or resume for a reason. The number is never in an address: addresses are logged and kept.</summary>
[Authorize(StaffPolicies.ChangesCodes)]
internal sealed class FindModel(FindForStaff find, WithdrawForStaff withdraw, Once once, Tripwire tripwire, IStringLocalizer<AdministrationTexts> texts) : PageModel
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

    /// <summary>A key for one change: the form sent twice changes, and counts, once.</summary>
    public static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

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

    public async Task<IActionResult> OnPostChangeAsync(Guid id, StateChange change, string? reason, string? key, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid || !Enum.IsDefined(change) || string.IsNullOrEmpty(reason))
        {
            return Again("", texts["ReasonMissing"]);
        }

        using var turn = await Tripwire.TurnAsync(AccountId, cancellationToken);
        if (key is { Length: > 0 and <= 64 })
        {
            var request = SHA256.HashData(Encoding.UTF8.GetBytes($"{change}\n{id}\n{reason}"));
            switch (await once.BeginAsync(AccountId, key, request, cancellationToken))
            {
                case ({ }, _):
                    return RedirectToPage(pageName: null, pageHandler: "", new { done = change });
                case (_, true):
                    return Again("", texts["Refused", "idempotency_key_reused"]);
            }
        }

        if (!await tripwire.MayChangeAsync(AccountId, cancellationToken))
        {
            return Again("", texts["VolumeRefused"]);
        }

        try
        {
            return await withdraw.HandleAsync(id, change, reason, AccountEvents.ActorOf(AccountId), cancellationToken) is { } refusal
                ? Again("", texts["Refused", refusal.Code])
                : RedirectToPage(pageName: null, pageHandler: "", new { done = change });
        }
        catch (OutcomeUnknownException)
        {
            return Again("", texts["OutcomeUnknown"], StatusCodes.Status503ServiceUnavailable);
        }
    }

    private PageResult Again(string field, string text, int status = StatusCodes.Status400BadRequest)
    {
        ModelState.Clear();
        ModelState.AddModelError(field, text);
        Response.StatusCode = status;
        return Page();
    }
}
