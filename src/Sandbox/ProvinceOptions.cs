namespace Sandbox;

/// <summary>How one province is started. Tests change what they need and leave the rest as a newcomer gets it.</summary>
internal sealed record ProvinceOptions
{
    public Addresses Addresses { get; init; } = Addresses.From(Addresses.DefaultPort);

    /// <summary>Where its files are kept.</summary>
    public required string Data { get; init; }

    /// <summary>Server settings that win over the Sandbox's own, e.g. a PostgreSQL connection string or a shorter publishing time.</summary>
    public IReadOnlyDictionary<string, string?> Settings { get; init; } = new Dictionary<string, string?>();

    /// <summary>Level of what the server logs to the console.</summary>
    public LogLevel Logging { get; init; } = LogLevel.Warning;
}
