using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Identity.Server.Subjects.Registers;
using Identity.Server.Trust;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Credentials.Pages;

/// <summary>What a person has in force, and the paper forms that they may print. Without script.</summary>
[Authorize(Policies.SignedIn)]
internal sealed class CodesModel(
    ListCredentials list, ListSubjects subjects, ClientSubjects clientSubjects, Issue issue, Withdraw withdraw, Once once, IStringLocalizer<CredentialsTexts> texts) : PageModel
{
    public IReadOnlyList<ListCredentials.Item> Items { get; private set; } = [];

    public IReadOnlyList<ListSubjects.Item> Subjects { get; private set; } = [];

    public bool RegisterIsDown { get; private set; }

    /// <summary>What was just done, from the address.</summary>
    public string? Done { get; private set; }

    /// <summary>A key for one print: it makes sending the form twice print once, and opens the code for printing again within a day.</summary>
    public static string NewKey() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    public Task<IActionResult> OnGetAsync(string? done, CancellationToken cancellationToken)
    {
        Done = done is "Revoke" or "Suspend" or "Resume" or "Lost" ? done : null;
        return ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostPrintAsync(string? kind, string? subject, string? key, CancellationToken cancellationToken)
    {
        if (Caller.Of(User) is not { AccountId: { } accountId } caller || key is not { Length: > 0 and <= 64 })
        {
            return BadRequest();
        }

        try
        {
            var (stored, reused) = await once.BeginAsync(accountId, key, SHA256.HashData(Encoding.UTF8.GetBytes($"print\n{kind}\n{subject}")), cancellationToken);
            if (stored is { } earlier)
            {
                return Sheet(earlier.GetProperty("credentials")[0].GetProperty("id").GetGuid(), key);
            }

            var (answer, refusal) = reused ? (null, Refusal.BadRequest("idempotency_key_reused", "")) : await issue.HandleAsync(caller, new(kind, subject, "paper", null), cancellationToken);
            if (answer is not null)
            {
                return Sheet(answer.Credentials[0].Id, key);
            }

            ModelState.AddModelError("", Say(refusal!));
        }
        catch (RegisterUnavailableException)
        {
            ModelState.AddModelError("", texts["RegisterDown"]);
        }
        catch (KeyUnavailableException)
        {
            ModelState.AddModelError("", texts["Problem.issuing_unavailable"]);
        }

        return await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostChangeAsync(Guid id, StateChange change, CancellationToken cancellationToken)
    {
        try
        {
            if (await withdraw.HandleAsync(Caller.Of(User), id, change, null, cancellationToken) is (_, { } refusal))
            {
                ModelState.AddModelError("", Say(refusal));
                return await ShowAsync(cancellationToken);
            }
        }
        catch (DbUpdateException)
        {
            // Changed at the same moment, on the phone or by staff: show what it is now.
            ModelState.AddModelError("", texts["Problem.try_again"]);
            return await ShowAsync(cancellationToken);
        }

        return Redirect(string.Create(CultureInfo.InvariantCulture, $"/account/codes?done={change}"));
    }

    private RedirectResult Sheet(Guid id, string key) => Redirect($"/account/codes/{id}?key={Uri.EscapeDataString(key)}");

    private string Say(Refusal refusal) => texts["Problem." + refusal.Code] is { ResourceNotFound: false } text ? text : texts["Problem.other"];

    private async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        if (Caller.Of(User) is not { PersonId: { } personId } caller)
        {
            return Page();
        }

        Items = await list.HandleAsync(caller, personId, cancellationToken);
        try
        {
            Subjects = await subjects.HandleAsync(caller, personId, cancellationToken);
        }
        catch (RegisterUnavailableException)
        {
            // One's own card needs no register.
            RegisterIsDown = true;
            Subjects = [new(clientSubjects.IdOf(caller.ClientId, new(OneCode.CredentialKind.Person, personId, "")), "person", "")];
        }

        return Page();
    }
}
