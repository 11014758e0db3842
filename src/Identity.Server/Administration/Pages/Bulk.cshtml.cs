using System.Globalization;
using Identity.Server.Accounts;
using Identity.Server.Credentials;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Localization;
using OneCode;

namespace Identity.Server.Administration.Pages;

/// <summary>
/// Many codes at once, for the security officer: first how many it would take, then for which reason, then watch it. Without script; while
/// something runs the page comes again by itself.
/// </summary>
[Authorize(StaffPolicies.WithdrawsInBulk)]
internal sealed class BulkModel(WithdrawInBulk bulk, Tripwire tripwire, TimeProvider clock, IStringLocalizer<AdministrationTexts> texts) : PageModel
{
    // Times are typed and shown in China's.
    private static readonly TimeSpan BeijingTime = TimeSpan.FromHours(8);

    [BindProperty]
    public string? Person { get; set; }

    [BindProperty]
    public string? UserName { get; set; }

    [BindProperty]
    public string? Key { get; set; }

    [BindProperty]
    public CredentialKind? Kind { get; set; }

    [BindProperty]
    public DateTime? From { get; set; }

    [BindProperty]
    public DateTime? Before { get; set; }

    /// <summary>Made with the form that starts the job: sending it twice starts one.</summary>
    [BindProperty]
    public Guid Id { get; set; }

    /// <summary>How many it would take; null before anybody asked.</summary>
    public int? Count { get; private set; }

    public IReadOnlyList<BulkWithdrawal> Jobs { get; private set; } = [];

    public bool IsRunning => Jobs.Any(job => job.State == BulkState.Running);

    private Guid SelfId => Caller.Of(User).AccountId!.Value;

    private BulkChoice Choice => new(Given(Person), Given(UserName), Given(Key), Kind, InBeijing(From), InBeijing(Before));

    public static string ToneOf(BulkState state) => state switch
    {
        BulkState.Done => "good",
        BulkState.Running => "warn",
        _ => "bad",
    };

    /// <summary>As the form's own control writes it.</summary>
    public static string? Typed(DateTime? time) => time?.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

    public async Task OnGetAsync(CancellationToken cancellationToken) => Jobs = await bulk.ListAsync(cancellationToken);

    public async Task<IActionResult> OnPostCountAsync(CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid)
        {
            return await AgainAsync(texts["Bulk_bulk_times"], cancellationToken);
        }

        using var turn = await Tripwire.TurnAsync(SelfId, cancellationToken);
        if (!await tripwire.MaySearchAsync(SelfId, cancellationToken))
        {
            return await AgainAsync(texts["VolumeRefused"], cancellationToken);
        }

        var (count, refusal) = await bulk.CountAsync(Choice, cancellationToken);
        if (refusal is not null)
        {
            return await AgainAsync(texts["Bulk_" + refusal.Code], cancellationToken);
        }

        (Count, Id) = (count, Guid.CreateVersion7(clock.GetUtcNow()));
        ModelState.Clear();
        Jobs = await bulk.ListAsync(cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostStartAsync(string? reason, CancellationToken cancellationToken)
    {
        if (!ModelState.IsValid || Id == Guid.Empty || string.IsNullOrEmpty(reason))
        {
            return await AgainAsync(texts["ReasonMissing"], cancellationToken);
        }

        return await bulk.StartAsync(Id, Choice, reason, AccountEvents.ActorOf(SelfId), cancellationToken) is { } refusal
            ? await AgainAsync(texts["Bulk_" + refusal.Code], cancellationToken)
            : RedirectToPage();
    }

    public async Task<IActionResult> OnPostStopAsync(Guid job, CancellationToken cancellationToken)
    {
        await bulk.StopAsync(job, AccountEvents.ActorOf(SelfId), cancellationToken);
        return RedirectToPage();
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    private static DateTimeOffset? InBeijing(DateTime? time) => time is { } local ? new DateTimeOffset(DateTime.SpecifyKind(local, DateTimeKind.Unspecified), BeijingTime).ToUniversalTime() : null;

    private async Task<IActionResult> AgainAsync(string text, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        ModelState.AddModelError("", text);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        Jobs = await bulk.ListAsync(cancellationToken);
        return Page();
    }
}
