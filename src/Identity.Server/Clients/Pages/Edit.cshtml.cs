using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;

namespace Identity.Server.Clients.Pages;

/// <summary>Changes what is registered; of a reviewed client, what is proposed.</summary>
internal sealed class EditModel(ClientChanges changes, EditClient edit, IStringLocalizer<ClientsTexts> texts) : DeveloperPage
{
    public RegisteredClient? Row { get; private set; }

    public ClientForm Form { get; private set; } = new();

    public async Task<IActionResult> OnGetAsync(string id, CancellationToken cancellationToken)
    {
        Row = await changes.FindOwnAsync(AccountId, id, cancellationToken);
        if (Row is null)
        {
            return NotFound();
        }

        Form = ClientForm.Of(Row.Proposed ?? Row.Settings);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id, ClientForm form, CancellationToken cancellationToken)
    {
        Row = await changes.FindOwnAsync(AccountId, id, cancellationToken);
        if (Row is null)
        {
            return NotFound();
        }

        // How it runs was said when it was registered.
        form.How = ClientForm.Of(Row.Settings).How;
        Form = form;
        form.Check(ModelState, texts, isNew: false);
        if (!ModelState.IsValid)
        {
            Response.StatusCode = StatusCodes.Status400BadRequest;
            return Page();
        }

        var (outcome, faults) = await edit.HandleAsync(Row, form.ToSettings(Row.Proposed ?? Row.Settings), AccountId, cancellationToken);
        return outcome switch
        {
            EditClient.Outcome.Refused => Again("", string.Join(' ', faults)),
            EditClient.Outcome.ChangedMeanwhile => Again("", texts["Meanwhile"]),
            EditClient.Outcome.Proposed => Redirect($"/developer/clients/{id}?done=Proposed"),
            _ => Redirect($"/developer/clients/{id}?done=Edited"),
        };
    }
}
