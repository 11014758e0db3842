using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Clients.Pages;

/// <summary>What went wrong lately, and what it means.</summary>
internal sealed class RequestsModel(ClientChanges changes, RequestLog log, IStringLocalizer<ClientsTexts> texts) : DeveloperPage
{
    public RegisteredClient? Row { get; private set; }

    public IReadOnlyList<ClientFailure> Failures { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(string id, CancellationToken cancellationToken)
    {
        Row = await changes.FindOwnAsync(AccountId, id, cancellationToken);
        if (Row is null)
        {
            return NotFound();
        }

        Failures = await log.ReadAsync(id, cancellationToken);
        return Page();
    }

    /// <summary>The key of the text.</summary>
    public string ExplanationOf(ClientFailure failure)
    {
        if (failure.Sent is not null)
        {
            return "Error_redirect_uri";
        }

        var own = $"Error_{failure.Endpoint}_{failure.Error}";
        return !texts[own].ResourceNotFound ? own : !texts["Error_" + failure.Error].ResourceNotFound ? "Error_" + failure.Error : "Error_other";
    }
}
