using Sandbox;
using Xunit;

namespace Browser.Tests;

/// <summary>A province of its own for one class of walks, on free ports, with files that go when it does.</summary>
public sealed class Town : IAsyncLifetime
{
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    internal Province Province { get; private set; } = null!;

    internal Addresses At => Province.Addresses;

    /// <summary>Published lists come within a second here; that they come within a minute by default is a setting's default.</summary>
    public static readonly IReadOnlyDictionary<string, string?> Settings = new Dictionary<string, string?> { ["Status:PublishWithin"] = "00:00:01" };

    public async ValueTask InitializeAsync() =>
        Province = await Province.StartAsync(new ProvinceOptions { Data = _folder, Addresses = Addresses.Free(), Settings = Settings });

    public async ValueTask DisposeAsync()
    {
        await Province.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
