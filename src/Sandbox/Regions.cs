using Identity.Server.Trust;

namespace Sandbox;

/// <summary>Provinces side by side, each with its own server, keys and people, that believe each other's codes.</summary>
internal sealed class Regions : IAsyncDisposable
{
    private const int PortsApart = 100;
    private readonly List<Province> _provinces = [];

    private Regions()
    {
    }

    public IReadOnlyList<Province> Provinces => _provinces;

    /// <summary>The first province keeps its files in the folder itself, each other one in a folder below.</summary>
    public static string DataOf(string data, IReadOnlyList<string> regions, int index) => index == 0 ? data : Path.Combine(data, "region-" + regions[index]);

    public static IReadOnlyList<Addresses> AddressesFrom(int port, int count) => [.. Enumerable.Range(0, count).Select(index => Addresses.From(port + (PortsApart * index)))];

    public static async Task<Regions> StartAsync(IReadOnlyList<string> regions, string data, IReadOnlyList<Addresses> addresses, LogLevel logging, CancellationToken cancellationToken = default)
    {
        var started = new Regions();
        try
        {
            for (var index = 0; index < regions.Count; index++)
            {
                started._provinces.Add(await Province.StartAsync(
                    new ProvinceOptions { Data = DataOf(data, regions, index), Addresses = addresses[index], Settings = SettingsOf(regions, data, index), Logging = logging },
                    cancellationToken));
            }

            // Whoever came first has not seen the others' lists yet.
            foreach (var province in started._provinces)
            {
                await province.Services.GetRequiredService<TrustListSource>().RefreshAsync(cancellationToken);
            }

            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var province in Enumerable.Reverse(_provinces))
        {
            await province.DisposeAsync();
        }
    }

    private static Dictionary<string, string?> SettingsOf(IReadOnlyList<string> regions, string data, int index)
    {
        var settings = new Dictionary<string, string?> { ["Trust:Region"] = regions[index] };
        foreach (var other in Enumerable.Range(0, regions.Count).Where(other => other != index))
        {
            var folder = new DataFolder(DataOf(data, regions, other));
            settings[$"Trust:Neighbours:{other}:Roots"] = folder.Roots;
            settings[$"Trust:Neighbours:{other}:List"] = Path.Combine(folder.Keys, "trust-list.cose");
        }

        return settings;
    }
}
