using System.Text.Encodings.Web;
using System.Text.Json;
using Identity.Server.Clients;
using Identity.Server.Connect.Privacy;
using Identity.Server.Connect.Store;
using Identity.Server.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace Identity.Server.Connect.Pages;

/// <summary>Which applications got what about the person, what for, until when; and the way to take it back.</summary>
[Authorize(Policies.SignedIn)]
internal sealed class ApplicationsModel(OwnData ownData, WithdrawConsent withdraw, ClientDirectory clients, TimeProvider clock) : PageModel
{
    private const int ShownDisclosures = 20;

    // Long enough before the end to decide at leisure.
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    private static readonly string[] Endings = ["Withdrawn", "Ended"];

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,

        // A file for people, served as a download: Chinese names stay readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>One application as the person was told of it.</summary>
    internal sealed record Line(Consent Row, Told Told, bool IsExpired, bool EndsSoon)
    {
        public string Name => Language.IsEnglish ? Told.NameEn ?? Told.Name : Told.Name;

        public string? Operator => Language.IsEnglish ? Told.OperatorEn ?? Told.Operator : Told.Operator;

        public string? Department => Language.IsEnglish ? Told.DepartmentEn ?? Told.Department : Told.Department;

        public IReadOnlyList<string> Granted => Consents.Split(Row.Granted);

        public IReadOnlyList<string> Declined => Consents.Split(Row.Declined);

        public string? PurposeOf(string scope) => Told.Purposes.TryGetValue(scope, out var purpose) ? Language.IsEnglish && !string.IsNullOrEmpty(purpose.English) ? purpose.English : purpose.Text : null;
    }

    public IReadOnlyList<Line> Current { get; private set; } = [];

    /// <summary>Those whose consent ends within two weeks.</summary>
    public IEnumerable<Line> Ending => Current.Where(line => line.EndsSoon);

    public IReadOnlyList<Line> Former { get; private set; } = [];

    public IReadOnlyList<Disclosure> Disclosures { get; private set; } = [];

    public string? Done { get; private set; }

    private Guid AccountId => Caller.Of(User).AccountId!.Value;

    public async Task OnGetAsync(string? done, CancellationToken cancellationToken)
    {
        Done = Array.Find(Endings, ending => ending == done);
        var now = clock.GetUtcNow();
        var all = (await ownData.ConsentsAsync(AccountId, cancellationToken)).Select(row => new Line(row, Told.Read(row.Told), row.EndsAt <= now, row.EndsAt > now && row.EndsAt - now < Soon)).ToArray();
        Current = [.. all.Where(line => line.Row.EndedAt is null)];
        Former = [.. all.Where(line => line.Row.EndedAt is not null)];
        if (Caller.Of(User).PersonId is { } personId)
        {
            Disclosures = await ownData.DisclosuresAsync(personId, ShownDisclosures, cancellationToken);
        }
    }

    public async Task<IActionResult> OnPostWithdrawAsync(Guid id, CancellationToken cancellationToken)
    {
        var isDuty = (await ownData.ConsentsAsync(AccountId, cancellationToken)).Any(row => row.Id == id && row.LegalGround is not null);
        await withdraw.HandleAsync(AccountId, id, cancellationToken);
        return Redirect($"/account/applications?done={(isDuty ? "Ended" : "Withdrawn")}");
    }

    /// <summary>A form and no link: it is on record, so nobody else's page may start it.</summary>
    public async Task<IActionResult> OnPostExportAsync(CancellationToken cancellationToken) =>
        File(JsonSerializer.SerializeToUtf8Bytes(await ownData.ExportAsync(AccountId, cancellationToken), Readable), "application/json", "my-data.json");

    public string NameOf(string clientId) =>
        clients.Find(clientId)?.ShownName ?? Current.Concat(Former).FirstOrDefault(line => line.Row.ClientId == clientId)?.Name ?? clientId;
}
