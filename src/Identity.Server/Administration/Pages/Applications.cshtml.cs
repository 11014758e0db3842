using System.Globalization;
using Identity.Server.Clients;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Administration.Pages;

/// <summary>Applications that ask to be open to everybody, and what changes of those that are. Decided on what was seen: an edit in between counts as another request.</summary>
[Authorize(StaffPolicies.ReviewsClients)]
internal sealed class ApplicationsModel(ReviewClient review, IStringLocalizer<AdministrationTexts> texts) : PageModel
{
    private const int LongestReason = 1000;

    private static readonly string[] Endings = ["Approved", "Refused"];

    public IReadOnlyList<RegisteredClient> Waiting { get; private set; } = [];

    public string? Done { get; private set; }

    public async Task OnGetAsync(string? done, CancellationToken cancellationToken)
    {
        Done = Array.Find(Endings, ending => ending == done);
        Waiting = await review.WaitingAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostAsync(string? id, int version, bool approve, string? reason, CancellationToken cancellationToken)
    {
        if (!approve && string.IsNullOrWhiteSpace(reason))
        {
            return await AgainAsync($"reason-{id}", "ClientReasonMissing", cancellationToken);
        }

        var refusedFor = approve ? null : reason!.Trim()[..Math.Min(reason.Trim().Length, LongestReason)];
        return await review.DecideAsync(id ?? "", version, refusedFor, Caller.Of(User).AccountId!.Value, cancellationToken) switch
        {
            ReviewClient.Outcome.Done => Redirect($"/applications?done={(approve ? "Approved" : "Refused")}"),
            ReviewClient.Outcome.OwnClient => await AgainAsync("", "ClientOwn", cancellationToken),
            _ => await AgainAsync("", "ClientNotWaiting", cancellationToken),
        };
    }

    /// <summary>What a reviewer compares: a label's key, the lines asked for, the lines in force.</summary>
    internal static IEnumerable<(string Label, IReadOnlyList<string> After, IReadOnlyList<string> Before)> LinesOf(ClientSettings wanted, ClientSettings? present)
    {
        (string, Func<ClientSettings, IEnumerable<string?>>)[] rows =
        [
            ("ClientName", client => [client.Name, client.NameEn]),
            ("ClientKind", client => [client.IsPublic ? PublicMark : ConfidentialMark, client.Fapi ? "FAPI 2.0" : null, client.RequiresPushedRequests ? "PAR" : null, client.RequiresDpop ? "DPoP" : null]),
            ("ClientRedirect", client => client.RedirectUris),
            ("ClientLogout", client => client.PostLogoutRedirectUris.Append(client.BackchannelLogoutUri)),
            ("ClientScopes", client => client.Scopes.Select(scope => $"{scope}{(client.OptionalScopes.Contains(scope) ? "?" : "")}{(client.Purposes.TryGetValue(scope, out var purpose) ? $": {purpose}" : "")}{(client.PurposesEn.TryGetValue(scope, out var english) ? $" / {english}" : "")}")),
            ("ClientOperator", client => [client.Operator, client.OperatorEn, client.Department, client.DepartmentEn]),
            ("ClientConsentDays", client => [client.ConsentDays.ToString(CultureInfo.InvariantCulture)]),
            ("ClientLegalGround", client => [client.LegalGround]),
            ("ClientExchanges", client => [.. client.ExchangesFor.Select(service => "→ " + service), .. client.ExchangesFrom.Select(caller => "← " + caller)]),
            ("ClientKeysAt", client => [client.JwksUri]),
            ("ClientLowestLevel", client => client.LowestLevel > 0 ? [client.LowestLevel.ToString(CultureInfo.InvariantCulture)] : []),
            ("ClientContacts", client => client.Contacts),
        ];
        foreach (var (label, of) in rows)
        {
            yield return (label, [.. of(wanted).OfType<string>()], present is null ? [] : [.. of(present).OfType<string>()]);
        }
    }

    internal static string Shown(string line, IStringLocalizer texts) => line is PublicMark or ConfidentialMark ? texts[line] : line;

    private const string PublicMark = "ClientPublic";
    private const string ConfidentialMark = "ClientConfidential";

    private async Task<PageResult> AgainAsync(string field, string text, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        ModelState.AddModelError(field, texts[text]);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        Waiting = await review.WaitingAsync(cancellationToken);
        return Page();
    }
}
