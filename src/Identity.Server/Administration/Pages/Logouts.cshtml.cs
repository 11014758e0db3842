using Identity.Server.Clients;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Administration.Pages;

/// <summary>Which applications hear of sign-outs, and which do not. Names no person: nothing here is anybody's data.</summary>
[Authorize(StaffPolicies.GuardsAccess)]
internal sealed class LogoutsModel(ILogoutDeliveries deliveries, ClientDirectory clients) : PageModel
{
    private const int Most = 50;

    public IReadOnlyList<LogoutSummary> Summaries { get; private set; } = [];

    public string? Client { get; private set; }

    public IReadOnlyList<LogoutNotice> Notices { get; private set; } = [];

    public static string StateOf(LogoutNotice notice) => notice switch
    {
        { DeliveredAt: not null } => "Delivered",
        { GivenUpAt: not null } => "GivenUp",
        _ => "Waiting",
    };

    public static string ToneOf(string state) => state switch
    {
        "Delivered" => "good",
        "GivenUp" => "bad",
        _ => "warn",
    };

    public async Task OnGetAsync([FromQuery] string? client, CancellationToken cancellationToken)
    {
        Summaries = await deliveries.SummariesAsync(cancellationToken);
        if (clients.Find(client) is { } known)
        {
            Client = known.Id;
            Notices = await deliveries.ListAsync(known.Id, Most, cancellationToken);
        }
    }
}
