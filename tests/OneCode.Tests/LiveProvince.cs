using System.Security.Cryptography;
using OneCode.Cli.Vectors;

namespace OneCode.Tests;

/// <summary>The vectors' world at this very moment, as files: for programs that have the machine's clock and no other.</summary>
internal sealed class LiveProvince : IDisposable
{
    // Whole seconds: what every list says.
    private readonly DateTimeOffset now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("onecode-live-");

    public LiveProvince()
    {
        File.WriteAllText(Roots, World.Roots.ToJson());
        File.WriteAllBytes(Trust, TrustOf(World.TrustContent.Version));
        Directory.CreateDirectory(Status);
        File.WriteAllBytes(Path.Combine(Status, "persons"), World.SignStatus(World.StatusContent("pm27110") with { IssuedAt = now.AddMinutes(-5), ExpiresAt = now.AddHours(72) }));
        File.WriteAllBytes(Path.Combine(Status, "old"), World.SignStatus(World.StatusContent("em31110") with { IssuedAt = now.AddHours(-80), ExpiresAt = now.AddHours(-8) }));
    }

    public string Roots => Path.Combine(folder.FullName, "roots.json");

    public string Trust => Path.Combine(folder.FullName, "trust-list.cose");

    public string Status => Path.Combine(folder.FullName, "status");

    public string Cache => Path.Combine(folder.FullName, "cache");

    /// <summary>The vectors' roots hand over to new ones.</summary>
    public static byte[] Handover { get; } = World.SignTrustPayload(
        TrustRootsToken.WritePayload(new TrustRoots([TestKeys.Of("new-1").PublicKey, TestKeys.Of("new-2").PublicKey], 2) { Version = 2 }),
        ["root-1", "root-2", "new-1", "new-2"], [0xa1, 0x10, 0x19, 0xfd, 0xec]);

    /// <summary>The trust list of this moment, as other roots or later ones sign it.</summary>
    public byte[] TrustOf(long version, params string[] roots) => World.SignTrust(
        World.TrustContent with
        {
            Version = version,
            IssuedAt = now.AddHours(-1),
            ExpiresAt = now.AddDays(30),
            Keys = [.. World.TrustContent.Keys.Select(key => key with { From = now.AddYears(-1), Until = now.AddYears(1) })],
        },
        roots);

    /// <summary>Compact status of the persons' list as a site publishes it, below its address.</summary>
    public static Dictionary<string, byte[]> Compact()
    {
        var minutes = (int)Math.Floor((TimeProvider.System.GetUtcNow() - World.Now).TotalMinutes) - 5;
        var snapshot = CompactVectors.Snapshot(CompactState.Create([CompactList.Create("pm27110", 4096, [World.RevokedIndex], [World.SuspendedIndex])]), 1, minutes);
        return new()
        {
            [""] = """{"series":["pm"]}"""u8.ToArray(),
            ["/pm"] = snapshot.Message,
            ["/state/" + Convert.ToHexStringLower(SHA256.HashData(snapshot.Body))] = snapshot.Body,
        };
    }

    /// <summary>A code for each answer of a gate that is about its status.</summary>
    public Dictionary<string, string> Codes() => new()
    {
        ["valid"] = Paper(World.CleanIndex),
        ["revoked"] = Paper(World.RevokedIndex),
        ["suspended"] = Paper(World.SuspendedIndex),
        ["stale"] = new ACode
        {
            Key = "enterprise",
            Claims = ACode.PaperEnterprise with { IssuedAt = now.AddDays(-1), ValidFrom = now.AddDays(-1), ExpiresAt = now.AddYears(1) },
        }.Text(),
        ["notCovered"] = Paper(5000),
    };

    public void Dispose() => folder.Delete(recursive: true);

    private string Paper(int index) => new ACode
    {
        Claims = ACode.PaperPerson with
        {
            IssuedAt = now.AddDays(-1),
            ValidFrom = now.AddDays(-1),
            ExpiresAt = now.AddDays(30),
            Status = new StatusReference("pm27110", index),
        },
    }.Text();
}
