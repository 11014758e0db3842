using Identity.Server;
using Identity.Server.Trust;
using Sandbox.Portals;
using Sandbox.Registers;

namespace Sandbox;

/// <summary>
/// A province in a box: the server on its four origins, two portals, simulated registers, people with accounts.
/// The program runs one until Ctrl-C; the tests start their own on free ports.
/// </summary>
internal sealed class Province : IAsyncDisposable
{
    private readonly List<WebApplication> _started = [];

    private Province(ProvinceOptions options, DataFolder data)
    {
        Addresses = options.Addresses;
        Data = data;
    }

    public Addresses Addresses { get; }

    public DataFolder Data { get; }

    /// <summary>The server's own services, for tests that look behind the pages.</summary>
    public IServiceProvider Services => Server.Services;

    private WebApplication Server { get; set; } = null!;

    public static async Task<Province> StartAsync(ProvinceOptions options, CancellationToken cancellationToken = default)
    {
        var province = new Province(options, new DataFolder(options.Data));
        try
        {
            await province.StartAsync(options.Settings, options.Logging, cancellationToken);
            return province;
        }
        catch
        {
            // What had started must not hold its ports while the caller hears why.
            await province.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in Enumerable.Reverse(_started))
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
        _started.Clear();
    }

    private async Task StartAsync(IReadOnlyDictionary<string, string?> settings, LogLevel logging, CancellationToken cancellationToken)
    {
        _started.Add(await RegistersHost.StartAsync(Addresses, cancellationToken));

        var builder = ServerHost.CreateBuilder(["--environment", Environments.Development], ServerSettings.For(Addresses, Data, logging, settings));
        builder.WebHost.UseUrls(Addresses.ServerUrls.Split(';'));
        Server = ServerHost.Build(builder);
        _started.Add(Server);
        await ServerHost.PrepareAsync(Server);
        await File.WriteAllTextAsync(Data.Roots, Server.Services.GetRequiredService<TrustListSource>().Current.RootsJson, cancellationToken);
        await Seed.PlantAsync(Server.Services, Data, cancellationToken);
        await Server.StartAsync(cancellationToken);

        foreach (var portal in Portal.All(Addresses))
        {
            _started.Add(await PortalHost.StartAsync(portal, Addresses.Login, cancellationToken));
        }
    }
}
