using System.Text.Json;

namespace Browser.Tests;

/// <summary>What an offline verifier has on its disk: root keys kept from a trusted moment, a trust list, status lists.</summary>
internal sealed class OfflineFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("offline-");

    private OfflineFiles(string roots) => Roots = roots;

    public string Roots { get; }

    public string TrustList => Path.Combine(_folder.FullName, "trust-list.cose");

    public string StatusFolder => Path.Combine(_folder.FullName, "status");

    public static async Task<OfflineFiles> FetchAsync(Uri issuer, string roots)
    {
        var files = new OfflineFiles(roots);
        using var client = new HttpClient { BaseAddress = issuer };
        using var metadata = JsonDocument.Parse(await client.GetStringAsync(new Uri("/.well-known/onecode-configuration", UriKind.Relative)));
        string Address(string name) => metadata.RootElement.GetProperty(name).GetString()!;

        await File.WriteAllBytesAsync(files.TrustList, await client.GetByteArrayAsync(new Uri(Address("trust_list_uri"))));
        Directory.CreateDirectory(files.StatusFolder);
        using var lists = JsonDocument.Parse(await client.GetStringAsync(new Uri(Address("status_list_aggregation_uri"))));
        foreach (var list in lists.RootElement.GetProperty("status_lists").EnumerateArray().Select(item => item.GetString()!))
        {
            // File names say nothing: a list is known by the address that it is signed for.
            await File.WriteAllBytesAsync(Path.Combine(files.StatusFolder, Path.GetRandomFileName()), await client.GetByteArrayAsync(new Uri(list)));
        }
        return files;
    }

    public void Dispose() => _folder.Delete(recursive: true);
}
