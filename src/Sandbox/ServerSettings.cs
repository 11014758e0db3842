namespace Sandbox;

/// <summary>The server's configuration in the Sandbox, where a province would have files and environment variables.</summary>
internal static class ServerSettings
{
    public static Dictionary<string, string?> For(Addresses addresses, DataFolder data, LogLevel logging, IReadOnlyDictionary<string, string?> overrides)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Logging:LogLevel:Default"] = logging.ToString(),
            ["ConnectionStrings:Database"] = $"Data Source={data.Database}",
            ["Trust:KeyFolder"] = data.Keys,
            ["Registers:Address"] = Addresses.Text(addresses.Registers),
            ["Origins:Login"] = Addresses.Text(addresses.Login),
            ["Origins:Wallet"] = Addresses.Text(addresses.Wallet),
            ["Origins:Verifier"] = Addresses.Text(addresses.Verifier),
            ["Origins:Console"] = Addresses.Text(addresses.Console),
        };
        foreach (var (name, value) in SandboxClients.For(addresses).Concat(overrides))
        {
            settings[name] = value;
        }
        return settings;
    }
}
