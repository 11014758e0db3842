using System.Security.Claims;
using Identity.Server.Storage;
using Identity.Server.Subjects;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Accounts.Pages;

[Authorize(Policies.SignedIn)]
internal sealed class AccountModel(
    ServerDbContext db,
    Sessions sessions,
    Passkeys passkeys,
    UserManager<Account> users,
    SubjectDirectory subjects,
    IEnumerable<IGrantDirectory> directories,
    EndGrant endGrant,
    TimeProvider clock,
    IStringLocalizer<AccountsTexts> texts) : PageModel
{
    private static readonly string[] Endings = ["Session", "Others", "Grant", "Application", "PasskeyAdded", "PasskeyRemoved", "Password"];

    public string UserName { get; private set; } = "";

    public string? MaskedName { get; private set; }

    public string ShownName => MaskedName ?? UserName;

    public AccountRole Role { get; private set; }

    public bool IsStaff => Role != AccountRole.Citizen;

    public int Level { get; private set; }

    public IReadOnlyList<string> Methods { get; private set; } = [];

    public string Sid => User.FindFirstValue(LoginSession.SidClaim)!;

    public IReadOnlyList<Session> Sessions { get; private set; } = [];

    /// <summary>What stays when a session ends: wallets, and applications that may work on while nobody is there.</summary>
    public IReadOnlyList<Grant> Devices => [.. Grants.Where(grant => grant.OutlivesSession)];

    private List<Grant> Grants { get; } = [];

    public IReadOnlyList<UserPasskeyInfo> Passkeys { get; private set; } = [];

    public string SuggestedPasskeyName => DeviceLabels.Of(Request.Headers.UserAgent) is { Length: > 0 } label ? label : texts["UnknownDevice"];

    /// <summary>What has just been done, told once at the top.</summary>
    public string? Done { get; private set; }

    public bool IsFresh => LoginSession.IsFresh(User, clock.GetUtcNow());

    private Guid AccountId => Caller.Of(User).AccountId!.Value;

    public async Task OnGetAsync(string? done, CancellationToken cancellationToken)
    {
        Done = Array.Find(Endings, ending => ending == done);
        await LoadAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostEndSessionAsync(string? sid, CancellationToken cancellationToken)
    {
        await sessions.EndAsync(AccountId, [sid ?? ""], cancellationToken);
        return After("Session");
    }

    public async Task<IActionResult> OnPostEndOthersAsync(CancellationToken cancellationToken)
    {
        await sessions.EndOthersAsync(AccountId, Sid, cancellationToken);
        return After("Others");
    }

    public async Task<IActionResult> OnPostEndGrantAsync(string? id, CancellationToken cancellationToken)
    {
        await endGrant.HandleAsync(AccountId, id ?? "", cancellationToken);
        return After("Grant");
    }

    public async Task<IActionResult> OnPostPasskeyOptionsAsync(CancellationToken cancellationToken) =>
        IsFresh ? Content(await passkeys.OfferAsync(HttpContext, await AccountAsync(cancellationToken)), "application/json") : Forbid(LoginSession.Scheme);

    public async Task<IActionResult> OnPostAddPasskeyAsync(string? credential, string? name, CancellationToken cancellationToken)
    {
        if (!IsFresh)
        {
            return Redirect("/sign-in?fresh=true&returnUrl=%2Faccount");
        }

        var label = string.IsNullOrWhiteSpace(name) ? SuggestedPasskeyName : name.Trim()[..Math.Min(40, name.Trim().Length)];
        if (credential is { Length: > 0 and < 32 * 1024 } && await passkeys.AddAsync(HttpContext, await AccountAsync(cancellationToken), credential, label))
        {
            return After("PasskeyAdded");
        }

        ModelState.Clear();
        ModelState.AddModelError("", texts["PasskeyNotAdded"]);
        Response.StatusCode = StatusCodes.Status400BadRequest;
        await LoadAsync(cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostRemovePasskeyAsync(string? id, CancellationToken cancellationToken)
    {
        if (!IsFresh)
        {
            return Redirect("/sign-in?fresh=true&returnUrl=%2Faccount");
        }

        if (id is { Length: > 0 and < 2048 } && id.Length % 2 == 0 && id.All(char.IsAsciiHexDigit))
        {
            await passkeys.RemoveAsync(await AccountAsync(cancellationToken), Convert.FromHexString(id), cancellationToken);
        }

        return After("PasskeyRemoved");
    }

    public async Task<IActionResult> OnPostEndApplicationAsync(string? id, CancellationToken cancellationToken)
    {
        await endGrant.HandleAsync(AccountId, id ?? "", cancellationToken);
        return After("Application");
    }

    /// <summary>The applications that were entered in a session, each once: what they asked for in several rounds is one to the person.</summary>
    public IReadOnlyList<Grant> ApplicationsIn(Session session) =>
        [.. Grants.Where(grant => !grant.OutlivesSession && grant.Sid == session.Sid).DistinctBy(grant => grant.ClientId)];

    private RedirectToPageResult After(string ending) => RedirectToPage("/Accounts/Pages/Account", pageHandler: "", new { done = ending });

    private Task<Account> AccountAsync(CancellationToken cancellationToken)
    {
        var id = AccountId;
        return db.Set<Account>().SingleAsync(account => account.Id == id, cancellationToken);
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        var account = await AccountAsync(cancellationToken);
        UserName = account.UserName;
        Role = account.Role;
        Level = Caller.Of(User).Level;
        Methods = [.. User.FindAll(LoginSession.AmrClaim).Select(claim => claim.Value).Where(method => method != Amr.MultiFactor)];
        MaskedName = account.PersonId is { } personId ? (await subjects.PersonAsync(personId, cancellationToken))?.MaskedName : null;
        Sessions = await sessions.ListLiveAsync(account, cancellationToken);
        Passkeys = [.. await users.GetPasskeysAsync(account)];
        foreach (var directory in directories)
        {
            Grants.AddRange(await directory.ListAsync(account.Id, cancellationToken));
        }
    }
}
