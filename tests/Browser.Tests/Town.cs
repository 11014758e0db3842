using System.Security.Cryptography;
using Identity.Server.Trust;
using Microsoft.Extensions.DependencyInjection;
using OneCode;
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

    /// <summary>Another root key for the town; the one before hands over to it, or is just gone.</summary>
    internal async Task ChangeRootAsync(bool handOver)
    {
        var (keyFile, changesFile) = (Path.Combine(Province.Data.Keys, "root.key.pem"), Path.Combine(Province.Data.Keys, "root-changes.cose"));
        using var before = ECDsa.Create();
        before.ImportFromPem(await File.ReadAllTextAsync(keyFile));
        using var after = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var next = new SoftwareSigner(after);
        using var last = new SoftwareSigner(before);
        if (handOver)
        {
            var change = await TrustRootsToken.Prepare(new TrustRoots([next.PublicKey], 1) { Version = 2 }).CompleteAsync([last, next]);
            await File.WriteAllBytesAsync(changesFile, change);
        }

        await File.WriteAllTextAsync(keyFile, after.ExportPkcs8PrivateKeyPem());
        await Province.Services.GetRequiredService<TrustListSource>().RefreshAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Province.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
