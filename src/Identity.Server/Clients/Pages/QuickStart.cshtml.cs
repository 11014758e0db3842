using Identity.Server.Web;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients.Pages;

/// <summary>A program that signs people in with this very client.</summary>
internal sealed class QuickStartModel(ClientChanges changes, IOptions<Origins> origins) : DeveloperPage
{
    public RegisteredClient? Row { get; private set; }

    public IReadOnlyList<string> Kinds { get; private set; } = [];

    public string Kind { get; private set; } = "";

    public IReadOnlyList<QuickStartFile> Files { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(string id, string? with, CancellationToken cancellationToken)
    {
        Row = await changes.FindOwnAsync(AccountId, id, cancellationToken);
        if (Row is null || QuickStarts.For(Row.Settings) is not [var first, ..] kinds)
        {
            return NotFound();
        }

        Kinds = kinds;
        Kind = kinds.FirstOrDefault(kind => kind == with) ?? first;
        Files = QuickStarts.FilesOf(Kind, Row.Settings, origins.Value.Login);
        return Page();
    }
}
