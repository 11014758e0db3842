using Identity.Server.Accounts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients.Pages;

/// <summary>Registers an application: at once for its developer, for everybody after a review.</summary>
internal sealed class NewModel(
    RegisterClient register, ClientChanges changes, ShownOnce shownOnce, IOptions<RegistrationOptions> options, IStringLocalizer<ClientsTexts> texts) : DeveloperPage
{
    public ClientForm? Form { get; private set; }

    public void OnGet(ClientForm.Kind? how) => Form = how is { } kind && Enum.IsDefined(kind) ? new ClientForm { How = kind } : null;

    public async Task<IActionResult> OnPostAsync(ClientForm form, CancellationToken cancellationToken)
    {
        Form = form;
        form.Check(ModelState, texts, isNew: true);
        if (!ModelState.IsValid || !Enum.IsDefined(form.How))
        {
            Response.StatusCode = StatusCodes.Status400BadRequest;
            return Page();
        }

        if ((await changes.ListOwnAsync(AccountId, cancellationToken)).Count >= options.Value.ClientsPerDeveloper)
        {
            return Again("", texts["TooMany", options.Value.ClientsPerDeveloper]);
        }

        var outcome = await register.HandleAsync(form.ToSettings(), form.HasSecret, new Registrant(AccountEvents.ActorOf(AccountId), AccountId), cancellationToken);
        if (outcome.Client is not { } client)
        {
            return Again("", string.Join(' ', outcome.Faults));
        }

        if (outcome.Secret is { } secret)
        {
            shownOnce.Put(HttpContext, client.Id, secret);
        }

        return Redirect($"/developer/clients/{client.Id}?done=Registered");
    }
}
