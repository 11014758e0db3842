using System.Security.Cryptography;
using System.Text.Json;

namespace Sandbox;

/// <summary>Everything that one province in a box keeps: database, keys, root key set, the staff's TOTP secrets.</summary>
internal sealed class DataFolder
{
    private readonly string _staffFile;

    public DataFolder(string path)
    {
        Path = System.IO.Path.GetFullPath(path);
        Directory.CreateDirectory(Path);
        _staffFile = System.IO.Path.Combine(Path, "staff.json");
    }

    public string Path { get; }

    public string Database => System.IO.Path.Combine(Path, "identity.db");

    public string Keys => System.IO.Path.Combine(Path, "keys");

    /// <summary>The root key set that a verifier pins: <c>onecode verify --root</c>.</summary>
    public string Roots => System.IO.Path.Combine(Path, "trust-roots.json");

    /// <summary>Removes what an earlier run left, and nothing that a person may have put there.</summary>
    public static void Reset(string path)
    {
        if (!Directory.Exists(path))
        {
            return;
        }
        foreach (var file in Directory.EnumerateFiles(path, "identity.db*").Append(System.IO.Path.Combine(path, "staff.json")).Append(System.IO.Path.Combine(path, "trust-roots.json")))
        {
            File.Delete(file);
        }
        var keys = System.IO.Path.Combine(path, "keys");
        if (Directory.Exists(keys))
        {
            Directory.Delete(keys, recursive: true);
        }
    }

    /// <summary>Each staff member's TOTP secret (20 random bytes), made once for this folder.</summary>
    public async Task<IReadOnlyDictionary<string, byte[]>> StaffSecretsAsync(CancellationToken cancellationToken = default)
    {
        if (!File.Exists(_staffFile))
        {
            var made = Population.Staff.ToDictionary(member => member.UserName, _ => RandomNumberGenerator.GetBytes(20));
            var readableByOwner = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                readableByOwner.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }
            await using var file = new FileStream(_staffFile, readableByOwner);
            await JsonSerializer.SerializeAsync(file, made, cancellationToken: cancellationToken);
            return made;
        }
        await using var kept = File.OpenRead(_staffFile);
        return await JsonSerializer.DeserializeAsync<Dictionary<string, byte[]>>(kept, cancellationToken: cancellationToken)
            ?? throw new InvalidDataException($"{_staffFile} is empty; start with --reset.");
    }
}
