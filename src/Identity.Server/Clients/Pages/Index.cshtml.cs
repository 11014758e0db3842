using Identity.Server.Accounts;
using Identity.Server.Web;
using Microsoft.Extensions.Options;

namespace Identity.Server.Clients.Pages;

/// <summary>The developer's applications.</summary>
internal sealed class IndexModel(ClientChanges changes, Testers testers, IOptions<Origins> origins) : DeveloperPage
{
    public IReadOnlyList<RegisteredClient> Clients { get; private set; } = [];

    public int Waiting { get; private set; }

    public bool Removed { get; private set; }

    public string Issuer => Origins.TextOf(origins.Value.Login);

    public async Task OnGetAsync(string? done, CancellationToken cancellationToken)
    {
        Removed = done == "Removed";
        Clients = await changes.ListOwnAsync(AccountId, cancellationToken);
        Waiting = (await testers.InvitationsAsync(UserNames.Lookup(User.Identity!.Name), cancellationToken)).Count(invitation => !invitation.Agreed);
    }
}
