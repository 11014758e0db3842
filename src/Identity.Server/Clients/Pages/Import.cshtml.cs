using System.Text.Json;
using Identity.Server.Accounts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients.Pages;

/// <summary>Registers what was exported elsewhere. It becomes a client of its own: neither id nor secret comes along.</summary>
internal sealed class ImportModel(
    RegisterClient register, ClientChanges changes, ShownOnce shownOnce, IOptions<RegistrationOptions> options, IStringLocalizer<ClientsTexts> texts) : DeveloperPage
{
    private const int Longest = 20_000;

    public string? Json { get; private set; }

    public async Task<IActionResult> OnPostAsync(string? json, IFormFile? file, CancellationToken cancellationToken)
    {
        ModelState.Clear();
        Json = json;
        if (file is { Length: > 0 and <= Longest })
        {
            using var reader = new StreamReader(file.OpenReadStream());
            Json = await reader.ReadToEndAsync(cancellationToken);
        }

        ClientMetadata? metadata = null;
        try
        {
            metadata = string.IsNullOrWhiteSpace(Json) ? null : JsonSerializer.Deserialize<ClientMetadata>(Json);
        }
        catch (JsonException)
        {
            // Said below, as for an empty one.
        }

        if (metadata is null)
        {
            return Again("json", texts["ImportWrong"]);
        }

        if ((await changes.ListOwnAsync(AccountId, cancellationToken)).Count >= options.Value.ClientsPerDeveloper)
        {
            return Again("", texts["TooMany", options.Value.ClientsPerDeveloper]);
        }

        var (settings, withSecret, fault) = metadata.ToSettings();
        if (fault is not null)
        {
            return Again("json", fault);
        }

        var outcome = await register.HandleAsync(settings, withSecret, new Registrant(AccountEvents.ActorOf(AccountId), AccountId), cancellationToken);
        if (outcome.Client is not { } client)
        {
            return Again("json", string.Join(' ', outcome.Faults));
        }

        if (outcome.Secret is { } secret)
        {
            shownOnce.Put(HttpContext, client.Id, secret);
        }

        return Redirect($"/developer/clients/{client.Id}?done=Registered");
    }
}
