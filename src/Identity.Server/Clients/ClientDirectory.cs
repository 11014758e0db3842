using System.Collections.Frozen;

namespace Identity.Server.Clients;

/// <summary>The configured clients. What a client is allowed is decided here; the OIDC engine is told the same at start.</summary>
internal sealed class ClientDirectory
{
    public const string Section = "Clients";

    private readonly FrozenDictionary<string, ClientSettings> _clients;

    public ClientDirectory(IConfiguration configuration)
    {
        _clients = configuration.GetSection(Section).GetChildren().Select(Read).ToFrozenDictionary(client => client.Id, StringComparer.Ordinal);
        var faults = _clients.Values.SelectMany(ClientRules.FaultsOf).ToArray();
        if (faults.Length > 0)
        {
            throw new InvalidOperationException("The configured clients cannot be used: " + string.Join(" ", faults));
        }
    }

    public IEnumerable<ClientSettings> All => _clients.Values;

    public ClientSettings? Find(string? clientId) => clientId is null ? null : _clients.GetValueOrDefault(clientId);

    private static ClientSettings Read(IConfigurationSection section)
    {
        var client = section.Get<ClientSettings>() ?? new ClientSettings();
        client.Id = section.Key;
        return client;
    }
}
