using System.Text.Encodings.Web;
using System.Text.Json;
using Identity.Server.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients.Pages;

/// <summary>One application: what is registered, how safe it is, its secret, who may try it, and the way to production.</summary>
internal sealed class ClientModel(
    ClientChanges changes,
    Testers testers,
    ReplaceSecret replaceSecret,
    ReplaceKeys replaceKeys,
    ReviewClient review,
    UnregisterClient unregister,
    ClientDirectory clients,
    ILogoutDeliveries deliveries,
    ShownOnce shownOnce,
    IOptions<RegistrationOptions> options,
    IOptions<Origins> origins,
    TimeProvider clock,
    IStringLocalizer<ClientsTexts> texts) : DeveloperPage
{
    private const int ShownLogouts = 20;

    private static readonly string[] Endings = ["Registered", "Edited", "Proposed", "Secret", "FormerEnded", "Keys", "Review", "Tester", "TesterRemoved"];

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,

        // A file for people, served as a download: Chinese names stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public RegisteredClient? Row { get; private set; }

    public ClientGrade Grade => ClientGrade.Of(Row!.Settings, Row.SecretMadeAt, Now);

    public IReadOnlyList<ClientTester> Testers { get; private set; } = [];

    public IReadOnlyList<LogoutNotice> Logouts { get; private set; } = [];

    public string? Secret { get; private set; }

    public string? Done { get; private set; }

    public DateTimeOffset Now => clock.GetUtcNow();

    public int OverlapDays => (int)options.Value.SecretOverlap.TotalDays;

    /// <summary>Whether that service has named this application in turn.</summary>
    public bool Takes(string service) => clients.Find(service)?.ExchangesFrom.Contains(Row!.Id) == true;

    public string Issuer => Origins.TextOf(origins.Value.Login);

    public async Task<IActionResult> OnGetAsync(string id, string? done, CancellationToken cancellationToken)
    {
        Done = Array.Find(Endings, ending => ending == done);
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        Secret = shownOnce.Take(HttpContext, id);
        return Page();
    }

    public async Task<IActionResult> OnGetExportAsync(string id, CancellationToken cancellationToken) =>
        await LoadAsync(id, cancellationToken)
            ? File(JsonSerializer.SerializeToUtf8Bytes(ClientMetadata.Of(Row!.Settings), Readable), "application/json", $"{id}.json")
            : NotFound();

    public async Task<IActionResult> OnPostSecretAsync(string id, bool formerEndsNow, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        if (!IsFresh)
        {
            return SignInFirst($"/developer/clients/{id}");
        }

        if (await replaceSecret.HandleAsync(Row!, formerEndsNow, AccountId, cancellationToken) is not { } secret)
        {
            return await MeanwhileAsync(id, cancellationToken);
        }

        shownOnce.Put(HttpContext, id, secret);
        return After(id, "Secret");
    }

    public async Task<IActionResult> OnPostEndFormerAsync(string id, CancellationToken cancellationToken) =>
        !await LoadAsync(id, cancellationToken) ? NotFound()
        : await replaceSecret.EndFormerAsync(Row!, AccountId, cancellationToken) ? After(id, "FormerEnded")
        : await MeanwhileAsync(id, cancellationToken);

    public async Task<IActionResult> OnPostKeysAsync(string id, string? jwks, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        if (!IsFresh)
        {
            return SignInFirst($"/developer/clients/{id}");
        }

        return await replaceKeys.HandleAsync(Row!, jwks, AccountId, cancellationToken) switch
        {
            ReplaceKeys.Outcome.Done => After(id, "Keys"),
            ReplaceKeys.Outcome.Refused => Again("jwks", texts["JwksWrong"]),
            _ => await MeanwhileAsync(id, cancellationToken),
        };
    }

    public async Task<IActionResult> OnPostReviewAsync(string id, CancellationToken cancellationToken) =>
        !await LoadAsync(id, cancellationToken) ? NotFound()
        : await review.RequestAsync(Row!, AccountId, cancellationToken) ? After(id, "Review")
        : await MeanwhileAsync(id, cancellationToken);

    public async Task<IActionResult> OnPostAddTesterAsync(string id, string? userName, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        return !await LoadAsync(id, cancellationToken) ? NotFound()
            : await testers.AddAsync(Row!, userName ?? "", AccountId, cancellationToken) ? After(id, "Tester")
            : Again("userName", texts["TesterWrong", options.Value.TestersPerClient]);
    }

    public async Task<IActionResult> OnPostRemoveTesterAsync(string id, Guid tester, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        await testers.RemoveAsync(Row!, tester, AccountId, cancellationToken);
        return After(id, "TesterRemoved");
    }

    public async Task<IActionResult> OnPostRemoveAsync(string id, bool sure, CancellationToken cancellationToken)
    {
        if (!await LoadAsync(id, cancellationToken))
        {
            return NotFound();
        }

        if (!sure || !await unregister.HandleAsync(Row!, AccountId, cancellationToken))
        {
            return await MeanwhileAsync(id, cancellationToken);
        }

        return Redirect("/developer?done=Removed");
    }

    private static RedirectResult After(string id, string ending) => new($"/developer/clients/{Uri.EscapeDataString(id)}?done={ending}");

    private async Task<IActionResult> MeanwhileAsync(string id, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        return await LoadAsync(id, cancellationToken) ? Again("", texts["Meanwhile"]) : NotFound();
    }

    private async Task<bool> LoadAsync(string id, CancellationToken cancellationToken)
    {
        Row = await changes.FindOwnAsync(AccountId, id, cancellationToken);
        Testers = Row is null ? [] : await testers.ListAsync(id, cancellationToken);
        Logouts = Row?.Settings.BackchannelLogoutUri is null ? [] : await deliveries.ListAsync(id, ShownLogouts, cancellationToken);
        return Row is not null;
    }
}
