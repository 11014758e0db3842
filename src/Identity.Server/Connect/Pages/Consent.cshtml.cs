using System.Security.Claims;
using Identity.Server.Accounts;
using Identity.Server.Clients;
using Identity.Server.Connect.Privacy;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Connect.Pages;

/// <summary>
/// What an application asks for, and the person's answer. Whatever does not fit (too old, another person signed in meanwhile, another
/// browser) leads back to the authorization endpoint, which asks again or finds that there is nothing to ask.
/// </summary>
[Authorize(LoginSession.Anybody)]
internal sealed class ConsentModel(ConsentTickets tickets, Consents consents, ClientDirectory clients, TimeProvider clock, IStringLocalizer<ConnectTexts> texts) : PageModel
{
    private const string Authorize = "/connect/authorize?";

    private ConsentTicket? _ticket;
    private IReadOnlyList<string> _granted = [];
    private IReadOnlyList<string> _declined = [];

    [FromQuery]
    public string? Ask { get; set; }

    [FromQuery]
    public string? ReturnUrl { get; set; }

    public ClientSettings? Client { get; private set; }

    /// <summary>What was asked, in the order of the request; and what was allowed before, or it would end unseen with the new answer.</summary>
    public IReadOnlyList<string> Scopes { get; private set; } = [];

    public IEnumerable<string> Required => Scopes.Where(scope => _ticket!.Required.Contains(scope) || scope == Connect.Scopes.OpenId);

    public IReadOnlyList<string> Optional => [.. Scopes.Except(Required)];

    public Told Told { get; private set; } = null!;

    public bool HasChanged { get; private set; }

    public string? Operator => Language.IsEnglish ? Client!.OperatorEn ?? Client.Operator : Client!.Operator;

    public string? Department => Language.IsEnglish ? Client!.DepartmentEn ?? Client.Department : Client!.Department;

    public string UserName => User.Identity!.Name!;

    public string Until => RegionalTime.Text(clock.GetUtcNow().AddDays(Client!.ConsentDays))[..10];

    public static string AddressOf(string ticket, string returnUrl) => "/consent" + new QueryBuilder { { "ask", ticket }, { "returnUrl", returnUrl } };

    public string PurposeOf(string scope) => scope == Connect.Scopes.OpenId ? texts["ConsentPurposeOpenid"]
        : Client!.PurposeOf(scope) is { } purpose ? texts["ConsentPurpose", purpose]
        : texts["ConsentPurposeMissing"];

    /// <summary>As the person left it the last time; an optional thing that was never offered is not ticked for them (默认不勾选).</summary>
    public bool IsTicked(string scope) => _granted.Contains(scope) && !_declined.Contains(scope);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken) ? Page() : Back();

    public async Task<IActionResult> OnPostAsync(string? seen, string? answer, string[]? allowed, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(cancellationToken))
        {
            return Back();
        }

        if (answer == "refuse")
        {
            await consents.RefuseAsync(Client!.Id, _ticket!.AccountId, cancellationToken);
            return Back((ConsentTickets.RefusedParameter, tickets.SealRefusal(_ticket)));
        }

        // An answer to other words than those that were read is none.
        if (answer != "allow" || seen != Told.Digest(Client!.ConsentDays))
        {
            HasChanged = true;
            return Page();
        }

        string[] granted = [.. Scopes.Where(scope => Required.Contains(scope) || allowed?.Contains(scope) == true)];
        await consents.GiveAsync(Client!, _ticket!.AccountId, Told, granted, [.. Scopes.Except(granted)], cancellationToken);
        return Back();
    }

    private async Task<bool> LoadAsync(CancellationToken cancellationToken)
    {
        ModelState.Clear();
        if (tickets.Open(Ask) is not { } ticket || Caller.Of(User).AccountId != ticket.AccountId || User.FindFirstValue(LoginSession.SidClaim) != ticket.Sid
            || clients.Find(ticket.ClientId) is not { AsksConsent: true } client)
        {
            return false;
        }

        (_ticket, Client) = (ticket, client);
        if (await consents.CurrentAsync(ticket.AccountId, client.Id, cancellationToken) is { LegalGround: null } before && before.EndsAt > clock.GetUtcNow())
        {
            (_granted, _declined) = (Consents.Split(before.Granted), Consents.Split(before.Declined));
        }

        Scopes = [.. ticket.Scopes.Union(_granted.Where(scope => scope == Connect.Scopes.OpenId || client.Scopes.Contains(scope)))];
        Told = Told.Of(client, Scopes);
        return true;
    }

    /// <summary>To the request that asked, and nowhere else.</summary>
    private RedirectResult Back(params (string Name, string Value)[] more)
    {
        var target = ReturnUrl?.StartsWith(Authorize, StringComparison.Ordinal) == true ? LocalUrl.Of(ReturnUrl) : "/account/applications";
        return Redirect(more.Aggregate(target, (url, parameter) => QueryHelpers.AddQueryString(url, parameter.Name, parameter.Value)));
    }
}
